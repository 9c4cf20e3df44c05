/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Whose a socket is. A packet that comes in is handled by whatever the CPU was
 * doing, so the process is noted at the socket when it is certain: when it
 * connects the socket to port 53, sends to it, binds it there, or when a
 * datagram or the first packet of a connection leaves. Sockets that have nothing
 * to do with port 53 are not noted, and cost nothing.
 */
#ifndef WEIR_OWNER_H
#define WEIR_OWNER_H

#include "process.h"
#include <bpf/bpf_endian.h>

#define DNS_PORT 53

/* How far one direction of a TCP connection was read. */
struct weir_stream {
	/* The sequence number at which the next message begins. */
	__u32 next;
	/* The length of that message, where it was sent on its own before; else 0. */
	__u16 pending;
	/* Whether next is known. */
	__u8 known, unused;
};

struct weir_socket {
	/* Who owns it: a header of which only the thread's part counts. */
	struct weir_hdr owner;
	/* By direction, 1 or 2. */
	struct weir_stream streams[2];
	/* Whether owner is known; whether a process named port 53 as the peer. */
	__u8 owned, named, unused[6];
};

/* A connection inherits from the socket that listened for it. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct weir_socket);
} dns_sockets SEC(".maps");

static __always_inline bool is_kernel_thread(struct task_struct *t)
{
	return GET(t, flags) & PF_KTHREAD;
}

/* Notes the current thread as the owner of a socket. */
static __always_inline void own(struct weir_socket *k)
{
	struct task_struct *t = this_task();

	if (!k || is_kernel_thread(t))
		return;
	describe(&k->owner, t);
	k->owned = 1;
}

/* A process says whom a socket is to talk to. */
static __always_inline int names_peer(struct bpf_sock_addr *ctx)
{
	bool dns = ctx->user_port == bpf_htons(DNS_PORT);
	struct bpf_sock *sk = ctx->sk;
	struct weir_socket *k;

	if (!sk)
		return 1;
	k = bpf_sk_storage_get(&dns_sockets, sk, 0, dns ? BPF_SK_STORAGE_GET_F_CREATE : 0);
	if (!k)
		return 1;
	k->named = dns;
	if (dns)
		own(k);
	return 1;
}

SEC("cgroup/connect4")
int weir_connect4(struct bpf_sock_addr *ctx)
{
	return names_peer(ctx);
}

SEC("cgroup/connect6")
int weir_connect6(struct bpf_sock_addr *ctx)
{
	return names_peer(ctx);
}

SEC("cgroup/sendmsg4")
int weir_sendmsg4(struct bpf_sock_addr *ctx)
{
	return names_peer(ctx);
}

SEC("cgroup/sendmsg6")
int weir_sendmsg6(struct bpf_sock_addr *ctx)
{
	return names_peer(ctx);
}

static __always_inline int binds(struct bpf_sock *sk)
{
	if (sk->src_port == DNS_PORT)
		own(bpf_sk_storage_get(&dns_sockets, sk, 0, BPF_SK_STORAGE_GET_F_CREATE));
	return 1;
}

SEC("cgroup/post_bind4")
int weir_post_bind4(struct bpf_sock *sk)
{
	return binds(sk);
}

SEC("cgroup/post_bind6")
int weir_post_bind6(struct bpf_sock *sk)
{
	return binds(sk);
}

/* What is noted at a packet's socket; NULL where it has no full one. */
static __always_inline struct weir_socket *socket_notes(struct __sk_buff *skb, bool create)
{
	struct bpf_sock *sk = skb->sk;

	if (!sk)
		return NULL;
	sk = bpf_sk_fullsock(sk);
	if (!sk)
		return NULL;
	return bpf_sk_storage_get(&dns_sockets, sk, 0, create ? BPF_SK_STORAGE_GET_F_CREATE : 0);
}

/* Notes the current thread as a packet's sender. */
__noinline int own_sender(struct __sk_buff *skb)
{
	own(socket_notes(skb, true));
	return 0;
}

/* The same where nobody is known yet: a first packet that is sent again is sent
 * by whatever the CPU was doing. */
__noinline int own_connection(struct __sk_buff *skb)
{
	struct weir_socket *k = socket_notes(skb, true);

	if (k && !k->owned)
		own(k);
	return 0;
}

/* The network namespace of a packet's socket. */
static __always_inline __u32 network_of(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;
	struct sock *k = NULL;

	if (!sk)
		return 0;
	/* The verifier knows the socket as its own kind of pointer, through which no
	 * field of the kernel can be read; its value it does not mind. */
	bpf_probe_read_kernel(&k, sizeof(k), &sk);
	return BPF_CORE_READ(k, __sk_common.skc_net.net, ns.inum);
}

/* Writes who a packet is of: the owner of its socket, or nobody. */
static __always_inline void describe_owner(struct weir_hdr *h, struct weir_socket *k, struct __sk_buff *skb)
{
	if (k && k->owned) {
		*h = k->owner;
		return;
	}
	__builtin_memset(h, 0, sizeof(*h));
	h->uid = h->gid = h->euid = h->loginuid = (__u32)-1;
	h->cgroup2_id = bpf_skb_cgroup_id(skb);
	h->cgroup_id = use_pids_cgroup ? 0 : h->cgroup2_id;
}

#endif
