/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Finding the ends and the transport header of a packet as the programs of a
 * cgroup see it: from its IP header on. What comes in has been put together of
 * its fragments by then, and what goes out is not yet cut into any, so that
 * only a raw socket shows fragments here.
 */
#ifndef WEIR_PACKET_H
#define WEIR_PACKET_H

#include "maps.h"
#include <bpf/bpf_endian.h>

#define PROTO_HOP_BY_HOP 0
#define PROTO_TCP 6
#define PROTO_UDP 17
#define PROTO_ROUTING 43
#define PROTO_FRAGMENT 44
#define PROTO_AUTHENTICATION 51
#define PROTO_DESTINATION 60

#define IP4_OFFSET_HIGH 0x1f
#define IP6_HEADER 40
/* More extension headers than any honest packet has. */
#define IP6_EXTENSIONS 8

/* Why a packet or message that may be DNS was not recorded; the names are in
 * skips.go. */
enum skip_reason {
	SKIP_FRAGMENT = 0,
	SKIP_HEADERS = 1,
	SKIP_SHORT = 2,
	SKIP_PIPELINED = 3,
	SKIP_SEQUENCE = 4,
	SKIPS = 5,
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SKIPS);
	__type(key, __u32);
	__type(value, __u64);
} packet_skips SEC(".maps");

/* Counts what an interrupt may count meanwhile. */
static __always_inline void bump(__u64 *counter)
{
	__sync_fetch_and_add(counter, 1);
}

static __always_inline void skip_packet(__u32 reason)
{
	__u64 *n = bpf_map_lookup_elem(&packet_skips, &reason);

	if (n)
		bump(n);
}

/* A transport header: where it is, of which protocol, and the IP version. As one
 * number, because functions that are verified once take numbers only. */
#define TRANSPORT(at, protocol, version) ((at) | (protocol) << 16 | (version) << 24)
#define TRANSPORT_AT(t) ((t) & 0xffff)
#define TRANSPORT_PROTOCOL(t) ((t) >> 16 & 0xff)
#define TRANSPORT_VERSION(t) ((t) >> 24)

static __always_inline __u32 transport_of_ip4(struct __sk_buff *skb)
{
	__u8 h[10];

	if (bpf_skb_load_bytes(skb, 0, h, sizeof(h)))
		return 0;
	if (h[9] != PROTO_UDP && h[9] != PROTO_TCP)
		return 0;
	if (h[6] & IP4_OFFSET_HIGH || h[7]) {
		skip_packet(SKIP_FRAGMENT);
		return 0;
	}
	return TRANSPORT((h[0] & 0xf) * 4, h[9], 4);
}

/* Follows the extension headers from the first, which is of kind next, to the
 * transport header. */
__noinline __u32 behind_extensions(struct __sk_buff *skb, __u32 next)
{
	__u32 at = IP6_HEADER;
	__u8 h[4];
	int i;

	for (i = 0; i < IP6_EXTENSIONS; i++) {
		if (next == PROTO_UDP || next == PROTO_TCP)
			return TRANSPORT(at, next, 6);
		if (next != PROTO_HOP_BY_HOP && next != PROTO_ROUTING && next != PROTO_DESTINATION &&
		    next != PROTO_FRAGMENT && next != PROTO_AUTHENTICATION)
			return 0;
		if (bpf_skb_load_bytes(skb, at, h, sizeof(h)))
			break;
		if (next == PROTO_FRAGMENT && (h[2] || h[3] & 0xf8)) {
			skip_packet(SKIP_FRAGMENT);
			return 0;
		}
		if (next == PROTO_FRAGMENT)
			at += 8;
		else if (next == PROTO_AUTHENTICATION)
			at += (h[1] + 2) * 4;
		else
			at += (h[1] + 1) * 8;
		next = h[0];
	}
	skip_packet(SKIP_HEADERS);
	return 0;
}

/* The transport header of a packet; 0 where it has none of interest. */
static __always_inline __u32 find_transport(struct __sk_buff *skb)
{
	__u8 h[7];

	if (bpf_skb_load_bytes(skb, 0, h, sizeof(h)))
		return 0;
	if (h[0] >> 4 == 4)
		return transport_of_ip4(skb);
	if (h[0] >> 4 != 6)
		return 0;
	if (h[6] == PROTO_UDP || h[6] == PROTO_TCP)
		return TRANSPORT(IP6_HEADER, h[6], 6);
	return behind_extensions(skb, h[6]);
}

/* Where a packet came from and goes to. */
static __always_inline void describe_packet(struct __sk_buff *skb, struct weir_packet *p, __u32 transport)
{
	__u16 ports[2] = {};

	p->version = TRANSPORT_VERSION(transport);
	p->protocol = TRANSPORT_PROTOCOL(transport);
	p->packet_len = skb->len;
	if (p->version == 4) {
		bpf_skb_load_bytes(skb, 12, p->source, 4);
		bpf_skb_load_bytes(skb, 16, p->destination, 4);
	} else {
		bpf_skb_load_bytes(skb, 8, p->source, 16);
		bpf_skb_load_bytes(skb, 24, p->destination, 16);
	}
	bpf_skb_load_bytes(skb, TRANSPORT_AT(transport), ports, sizeof(ports));
	p->source_port = bpf_ntohs(ports[0]);
	p->destination_port = bpf_ntohs(ports[1]);
}

#endif
