/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Sending what a scratch holds, where its path is wanted. */
#ifndef WEIR_SUBMIT_H
#define WEIR_SUBMIT_H

#include "thread.h"

/* Which alternatives of a scope hold for the text that was noted as the path.
 * Without a text nothing can be said, so all may. */
__noinline __u64 path_alternatives(__u32 slot, __u32 type, __u32 in_force)
{
	struct scope_prefix key = {.type = type, .generation = in_force};
	struct scratch *s = scratch_of(slot);
	__u64 pos, *mask;

	if (!s)
		return ~0ULL;
	pos = s->path_pos;
	if (!pos || pos > POS_MASK)
		return ~0ULL;
	CLAMP(pos, POS_MASK);
	/* Bytes behind a shorter text do no harm: its prefixes end before them, or
	 * it lets an event pass that nobody needs. */
	bpf_probe_read_kernel(key.text, PREFIX_MAX, &s->buf[pos]);
	key.bits = 32 + 8 * PREFIX_MAX;
	mask = bpf_map_lookup_elem(&scope_paths, &key);
	return mask ? *mask : 0;
}

/* The scope that a mask is of; NULL where all events are wanted. */
static __always_inline struct weir_scope *scope_of(__u32 type, __u64 mask)
{
	__u32 at = type + GENERATION_OF(mask) * TYPE_MAX;
	struct weir_scope *scope;

	if (mask == UNSCOPED)
		return NULL;
	scope = bpf_map_lookup_elem(&scopes, &at);
	return scope && scope->all ? scope : NULL;
}

/* Whether the event in the scratch is in its scope, paths included. */
static __always_inline bool in_scope(struct scratch *s, __u32 slot, __u32 type)
{
	struct weir_scope *scope = scope_of(type, s->mask);

	if (!scope || s->mask & scope->path)
		return true;
	return (s->mask & path_alternatives(slot, type, GENERATION_OF(s->mask))) != 0;
}

static __always_inline long output(struct scratch *s, __u64 len, bool priority)
{
	if (priority)
		return bpf_ringbuf_output(&ring_priority, s->buf, len, BPF_RB_NO_WAKEUP);
	return bpf_ringbuf_output(&ring_bulk, s->buf, len, BPF_RB_NO_WAKEUP);
}

/* Whether an eighth of a ring waits to be read. */
static __always_inline bool is_filled(bool priority)
{
	if (priority)
		return bpf_ringbuf_query(&ring_priority, BPF_RB_AVAIL_DATA) >= priority_size / 8;
	return bpf_ringbuf_query(&ring_bulk, BPF_RB_AVAIL_DATA) >= bulk_size / 8;
}

/* Rings where the reader sleeps and this record is to wake it. The bell is looked
 * at after the record is in the ring: the reader sets it before it looks at the ring
 * for the last time, so one of the two sees the other. */
static __always_inline void ring_bell(__u64 *bell, bool priority)
{
	__u64 wakes = *(volatile __u64 *)bell;
	void *nothing;

	if (wakes == BELL_OFF || (wakes == BELL_FILLED && !is_filled(priority)))
		return;
	nothing = bpf_ringbuf_reserve(&ring_priority, 8, 0);
	*bell = BELL_OFF;
	if (nothing)
		bpf_ringbuf_discard(nothing, BPF_RB_FORCE_WAKEUP);
}

/* Leaves an event out that is not in its scope, as far as its path tells; false
 * for one that goes on. What is known by then is not asked again. */
static __always_inline bool left_out(struct scratch *s, __u32 slot, __u32 type)
{
	struct weir_counts *c;

	if (in_scope(s, slot, type)) {
		s->mask = UNSCOPED;
		return false;
	}
	c = counts_of(type);
	if (c)
		c->filtered++;
	return true;
}

/* Sends what is in the scratch as an event of a type. Who did it and when is
 * written last: most of what an event costs is spent only on those that are
 * sent. */
__noinline int submit(__u32 slot, __u32 type)
{
	struct scratch *s = scratch_of(slot);
	struct weir_counts *c = counts_of(type);
	bool priority = type < FIRST_BULK;
	struct weir_hdr *h;
	__u32 zero = 0;
	struct seqs *q = bpf_map_lookup_elem(&seqs, &zero);
	__u64 *bell = bpf_map_lookup_elem(&doorbell, &zero);
	__u64 len;

	if (!s || !c || !q || !bell)
		return -1;
	if (!priority && left_out(s, slot, type))
		return 0;
	if (!s->described)
		identify(slot);
	h = (struct weir_hdr *)s->buf;
	len = s->pos;
	if (s->flags & FLAG_FAULT)
		c->fault++;
	if (s->flags & FLAG_TRUNCATED)
		c->truncated++;
	h->type = type;
	h->flags = s->flags;
	h->seq = priority ? q->priority++ : q->bulk++;
	h->len = len;
	CLAMP(len, 0x7fff);
	if (len > BUF_SIZE || output(s, len, priority)) {
		c->ring_full++;
		return 0;
	}
	c->submitted++;
	ring_bell(bell, priority);
	return 0;
}

#endif
