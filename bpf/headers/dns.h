/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * DNS messages, from the packets of sockets: UDP and TCP, port 53 on either
 * side. The kernel copies a message's beginning as it is; the enricher reads it.
 *
 * Programs of cgroups decide about packets; these let every one pass.
 */
#ifndef WEIR_DNS_H
#define WEIR_DNS_H

#include "owner.h"
#include "packet.h"

#define INGRESS 1
#define EGRESS 2
#define LET_PASS 1
/* The place in the map of wanted events that tells whether any of these is. */
#define ANY_PACKET 0

/* What most resolvers agree on as the longest datagram. */
#define MESSAGE_MAX 1232
#define MESSAGE_HEADER 12
#define ANSWER_BIT 0x80
/* Messages in one segment that are looked at. */
#define PIPELINED 4

#define TCP_SYN 0x02
#define TCP_ACK 0x10
#define LOOPBACK 127

/* Counts a packet's event and decides on it: packets yield to processes where
 * the ring that they share is half full. */
static __always_inline bool admit_packet(__u32 type)
{
	struct weir_counts *c = counts_of(type);

	if (!c || !derived_on(type))
		return false;
	bump(&c->seen);
	if (bpf_ringbuf_query(&ring_priority, BPF_RB_AVAIL_DATA) * 2 > priority_size) {
		bump(&c->shed);
		return false;
	}
	return true;
}

/* Sends what is in the scratch as an event of a type. Other than submit it may
 * be interrupted by itself. */
__noinline int submit_packet(__u32 slot, __u32 type)
{
	struct scratch *s = scratch_of(slot);
	struct weir_counts *c = counts_of(type);
	__u32 zero = 0;
	struct seqs *q = bpf_map_lookup_elem(&seqs, &zero);
	__u64 *bell = bpf_map_lookup_elem(&doorbell, &zero);
	struct weir_hdr *h;
	__u64 len;

	if (!s || !c || !q || !bell)
		return -1;
	h = (struct weir_hdr *)s->buf;
	len = s->pos;
	if (s->flags & FLAG_TRUNCATED)
		bump(&c->truncated);
	h->type = type;
	h->flags = s->flags;
	h->seq = slot == SLOT_NET ? SEQ_PACKETS_IN | q->packets_in++ : SEQ_PACKETS_OUT | q->packets_out++;
	h->len = len;
	CLAMP(len, 0x7fff);
	if (len > BUF_SIZE || output(s, len, true)) {
		bump(&c->ring_full);
		return 0;
	}
	bump(&c->submitted);
	ring_bell(bell, true);
	return 0;
}

static __always_inline void put_packet(struct scratch *s, struct __sk_buff *skb, __u32 slot, __u32 transport, __u32 whole)
{
	struct weir_packet p = {.direction = slot == SLOT_NET ? INGRESS : EGRESS, .message_len = whole};
	__u64 pos;
	struct weir_tlv *t = tlv_at(s, &pos);

	if (!t)
		return;
	describe_packet(skb, &p, transport);
	*t = (struct weir_tlv){.tag = TAG_PACKET, .arg = 0, .len = sizeof(p)};
	__builtin_memcpy(&s->buf[pos + 8], &p, sizeof(p));
	s->pos = pos + 8 + sizeof(p);
}

/* Copies the message as an argument whose index is filled in later. NULL where
 * the packet does not have the bytes. */
static __always_inline struct weir_tlv *put_message(struct scratch *s, struct __sk_buff *skb, __u32 at, __u32 have, __u32 whole)
{
	__u64 pos, size = have > MESSAGE_MAX ? MESSAGE_MAX : have;
	struct weir_tlv *t = tlv_at(s, &pos);

	if (!t || !size)
		return NULL;
	size -= 1;
	CLAMP(size, 0x7ff);
	if (bpf_skb_load_bytes(skb, at, &s->buf[pos + 8], size + 1))
		return NULL;
	if (size + 1 < whole)
		s->flags |= FLAG_TRUNCATED;
	*t = (struct weir_tlv){.tag = TAG_BYTES, .len = size + 1, .aux = whole};
	tlv_end(s, pos, size + 1);
	return t;
}

/* Which events a message makes: as a packet of DNS, and as a request or response. */
static __always_inline void send(struct scratch *s, struct weir_tlv *message, __u32 slot, bool packet, __u32 side)
{
	if (packet) {
		if (message)
			message->arg = 5;
		submit_packet(slot, TYPE_NET_PACKET_DNS);
	}
	if (side) {
		if (message)
			message->arg = 1;
		submit_packet(slot, side);
	}
}

/* Records one message: it is at a place in the packet, of which have bytes are
 * there and whole belong to it. */
__noinline int record(struct __sk_buff *skb, __u32 slot, __u32 transport, __u32 at, __u64 have_whole)
{
	__u32 have = have_whole >> 32, whole = have_whole, side;
	struct weir_socket *k;
	struct scratch *s;
	struct weir_tlv *t;
	struct weir_hdr *h;
	bool packet;
	__u8 bits;

	if (have < MESSAGE_HEADER || bpf_skb_load_bytes(skb, at + 2, &bits, 1)) {
		skip_packet(SKIP_SHORT);
		return 0;
	}
	k = socket_notes(skb, false);
	if (k && k->owned && is_self(k->owner.host_pid))
		return 0;
	side = bits & ANSWER_BIT ? TYPE_NET_PACKET_DNS_RESPONSE : TYPE_NET_PACKET_DNS_REQUEST;
	packet = admit_packet(TYPE_NET_PACKET_DNS);
	if (!admit_packet(side))
		side = 0;
	if (!packet && !side)
		return 0;
	s = take(slot, packet ? TYPE_NET_PACKET_DNS : side);
	if (!s) {
		if (packet && side)
			count_nested(side);
		return 0;
	}
	h = (struct weir_hdr *)s->buf;
	describe_owner(h, k, skb);
	stamp(h, HOOK_CGROUP_SKB, 0, -1);
	h->net_ns = network_of(skb);
	put_packet(s, skb, slot, transport, whole);
	t = put_message(s, skb, at, have, whole);
	if (!t)
		s->flags |= FLAG_FAULT;
	send(s, t, slot, packet, side);
	end(s);
	return 0;
}

static __always_inline __u64 pair(__u32 have, __u32 whole)
{
	return (__u64)have << 32 | whole;
}

static __always_inline void datagram(struct __sk_buff *skb, __u32 slot, __u32 transport)
{
	__u32 at = TRANSPORT_AT(transport), have, whole;
	__u16 len;

	if (bpf_skb_load_bytes(skb, at + 4, &len, 2) || skb->len < at + 8) {
		skip_packet(SKIP_SHORT);
		return;
	}
	have = skb->len - at - 8;
	/* A length that does not fit makes no message longer than what is there; one
	 * that says more than there is, is the first fragment's. */
	whole = bpf_ntohs(len) < 8 ? have : bpf_ntohs(len) - 8;
	if (have > whole)
		have = whole;
	/* The sender is running now. */
	if (slot == SLOT_NET_OUT)
		own_sender(skb);
	record(skb, slot, transport, at + 8, pair(have, whole));
}

/* Whether bytes at which nothing tells that a message begins look like one. */
static __always_inline bool plausible(struct __sk_buff *skb, __u32 at)
{
	__u8 b[8];

	if (bpf_skb_load_bytes(skb, at, b, sizeof(b)))
		return false;
	return (b[0] || b[1] >= MESSAGE_HEADER) && (b[4] & 0x78) <= 6 << 3 && !b[6] && b[7] <= 1;
}

/* How many bytes of a segment are left from its next message on; 0 where none
 * begins in it. */
static __always_inline __u32 next_message(struct __sk_buff *skb, struct weir_stream *st, __u32 seq, __u32 at, __u32 have)
{
	__s32 ahead;

	if (!st->known)
		return have;
	ahead = st->next - seq;
	/* The rest of a message, or what was sent before. */
	if (ahead >= (__s32)have)
		return 0;
	if (ahead >= 0)
		return have - ahead;
	/* Something is missing. */
	st->pending = 0;
	if (plausible(skb, at))
		return have;
	skip_packet(SKIP_SEQUENCE);
	return 0;
}

/* The length that stands before a message; 0 where it is not whole. */
static __always_inline __u32 prefix(struct __sk_buff *skb, __u32 at, __u32 left)
{
	__u16 len = 0;

	if (left < 2 || bpf_skb_load_bytes(skb, at, &len, 2))
		return 0;
	return bpf_ntohs(len);
}

/* The messages that begin in a segment of a connection, which ends at byte stop
 * of the packet. */
__noinline int segment(struct __sk_buff *skb, __u32 slot, __u32 transport, __u32 seq, __u64 at_stop)
{
	struct weir_socket *k = socket_notes(skb, false);
	__u32 begin = at_stop >> 32, stop = at_stop, left, len;
	struct weir_stream unknown = {}, *st = &unknown;
	int i;

	if (k)
		st = slot == SLOT_NET ? &k->streams[0] : &k->streams[1];
	left = next_message(skb, st, seq, begin, stop - begin);
	for (i = 0; left && i < PIPELINED; i++) {
		len = st->pending;
		st->pending = 0;
		if (!len) {
			len = prefix(skb, stop - left, left);
			if (!len) {
				st->known = 0;
				skip_packet(SKIP_SHORT);
				return 0;
			}
			left -= 2;
		}
		st->known = 1;
		if (!left)
			st->pending = len;
		st->next = seq + (stop - left - begin) + (left ? len : 0);
		if (!left)
			return 0;
		record(skb, slot, transport, stop - left, pair(left < len ? left : len, len));
		left -= left < len ? left : len;
	}
	if (left) {
		st->known = 0;
		skip_packet(SKIP_PIPELINED);
	}
	return 0;
}

static __always_inline void stream(struct __sk_buff *skb, __u32 slot, __u32 transport)
{
	__u32 at = TRANSPORT_AT(transport);
	__u8 h[14];

	if (bpf_skb_load_bytes(skb, at, h, sizeof(h))) {
		skip_packet(SKIP_HEADERS);
		return;
	}
	/* The first packet leaves while its process connects. */
	if (slot == SLOT_NET_OUT && (h[13] & (TCP_SYN | TCP_ACK)) == TCP_SYN)
		own_connection(skb);
	at += (h[12] >> 4) * 4;
	if (skb->len > at)
		segment(skb, slot, transport, (__u32)h[4] << 24 | h[5] << 16 | h[6] << 8 | h[7], pair(at, skb->len));
}

/* Whether a packet is one of DNS. What a process sends to a resolver may have
 * been redirected to another port of this machine by now, as container engines
 * and service meshes do. */
static __always_inline bool is_dns(struct __sk_buff *skb, __u32 slot, __u32 transport)
{
	struct weir_socket *k;
	__u16 ports[2];
	__u8 net;

	if (bpf_skb_load_bytes(skb, TRANSPORT_AT(transport), ports, sizeof(ports))) {
		skip_packet(SKIP_HEADERS);
		return false;
	}
	if (ports[0] == bpf_htons(DNS_PORT) || ports[1] == bpf_htons(DNS_PORT))
		return true;
	if (slot != SLOT_NET_OUT || TRANSPORT_VERSION(transport) != 4 || TRANSPORT_PROTOCOL(transport) != PROTO_UDP)
		return false;
	if (bpf_skb_load_bytes(skb, 16, &net, 1) || net != LOOPBACK)
		return false;
	k = socket_notes(skb, false);
	return k && k->named;
}

static __always_inline int packet(struct __sk_buff *skb, __u32 slot)
{
	__u32 transport;

	/* The programs stay attached where nobody wants their events. */
	if (!derived_on(ANY_PACKET))
		return LET_PASS;
	transport = find_transport(skb);
	if (!transport || !is_dns(skb, slot, transport))
		return LET_PASS;
	if (TRANSPORT_PROTOCOL(transport) == PROTO_UDP)
		datagram(skb, slot, transport);
	else
		stream(skb, slot, transport);
	return LET_PASS;
}

SEC("cgroup_skb/ingress")
int weir_packet_in(struct __sk_buff *skb)
{
	return packet(skb, SLOT_NET);
}

SEC("cgroup_skb/egress")
int weir_packet_out(struct __sk_buff *skb)
{
	return packet(skb, SLOT_NET_OUT);
}

#endif
