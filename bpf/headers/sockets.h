/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Sockets: addresses that the kernel itself has. */
#ifndef WEIR_SOCKETS_H
#define WEIR_SOCKETS_H

#include "file.h"

#define S_IFMT 00170000
#define S_IFREG 0100000
#define S_IFSOCK 0140000
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10

/* The socket behind an open file, or 0. */
static __always_inline __u64 socket_of(__u64 file)
{
	struct file *f = AS(struct file, file);

	if (!file || (mode_of(inode_of(file)) & S_IFMT) != S_IFSOCK)
		return 0;
	return (__u64)CHASE(f, private_data);
}

static __always_inline __u64 sock_of(__u64 socket)
{
	struct socket *sock = (struct socket *)socket;

	return (__u64)BPF_CORE_READ(sock, sk);
}

/* The path or abstract name that a Unix socket is bound to. */
static __always_inline int put_unix_name(struct scratch *s, struct weir_tlv *t, __u64 pos, __u64 sk, bool remote, __u8 arg)
{
	struct unix_sock *u = (void *)sk;
	struct unix_address *address;
	__u64 len;

	if (remote)
		u = (void *)BPF_CORE_READ(u, peer);
	if (!u)
		return -1;
	address = BPF_CORE_READ(u, addr);
	if (!address)
		return -1;
	len = BPF_CORE_READ(address, len);
	if (len < 2 || len > 110)
		return -1;
	len -= 1;
	CLAMP(len, 0x7f);
	if (bpf_probe_read_kernel(&s->buf[pos + 8], len + 1, &address->name))
		return -1;
	put_head(t, TAG_SOCKADDR, arg, len + 1, 0);
	tlv_end(s, pos, len + 1);
	return 0;
}

/* One end of a socket as argument arg; -1 where it has none. */
__noinline int put_socket_end(__u64 sk, __u32 slot, __u32 arg, __u32 remote)
{
	struct scratch *s = scratch_of(slot);
	struct sock *k = AS(struct sock, sk);
	struct weir_tlv *t;
	__u16 family, port;
	__u64 pos;

	if (!s || !sk)
		return -1;
	t = tlv_at(s, &pos);
	if (!t)
		return -1;
	family = CHASE(k, __sk_common.skc_family);
	if (family == AF_UNIX)
		return put_unix_name(s, t, pos, sk, remote, arg);
	port = remote ? CHASE(k, __sk_common.skc_dport) : __builtin_bswap16(CHASE(k, __sk_common.skc_num));
	if (!port || (family != AF_INET && family != AF_INET6))
		return -1;
	*(__u64 *)&s->buf[pos + 8] = family | (__u64)port << 16;
	if (family == AF_INET) {
		*(__u32 *)&s->buf[pos + 12] =
			remote ? CHASE(k, __sk_common.skc_daddr) : CHASE(k, __sk_common.skc_rcv_saddr);
		*(__u64 *)&s->buf[pos + 16] = 0;
		put_head(t, TAG_SOCKADDR, arg, 16, 0);
		s->pos = pos + 24;
		return 0;
	}
	k = (struct sock *)sk;
	if (remote)
		BPF_CORE_READ_INTO((struct in6_addr *)&s->buf[pos + 16], k, __sk_common.skc_v6_daddr);
	else
		BPF_CORE_READ_INTO((struct in6_addr *)&s->buf[pos + 16], k, __sk_common.skc_v6_rcv_saddr);
	*(__u64 *)&s->buf[pos + 32] = 0;
	put_head(t, TAG_SOCKADDR, arg, 28, 0);
	s->pos = pos + 40;
	return 0;
}

#endif
