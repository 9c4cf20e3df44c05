/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Putting a record together in a scratch and sending it.
 *
 * The put_* functions are global (verified once each, not at every call) and
 * so take numbers only: the scratch's slot, an address, the argument's index.
 * They return 0, or -1 where nothing was written.
 */
#ifndef WEIR_BUILD_H
#define WEIR_BUILD_H

#include "maps.h"
#include <bpf/bpf_core_read.h>

#define NO_PATH 0xffff
/* What s->mask is where all events of a type are wanted. */
#define UNSCOPED (~0ULL)
/* Else its highest bit tells which generation of scopes the others are of. */
#define GENERATION_BIT 63
#define GENERATION_OF(mask) ((__u32)((mask) >> GENERATION_BIT))

/* clang removes clamps that it can prove and the verifier cannot. */
#define CLAMP(var, mask) asm volatile("%0 &= %1" : "+r"(var) : "i"(mask))

static __always_inline struct scratch *scratch_of(__u32 slot)
{
	return bpf_map_lookup_elem(&scratches, &slot);
}

/* A hook's argument as a number: global functions take no typed pointer. */
static __always_inline __u64 number(struct scratch *s, const void *p)
{
	*(volatile __u64 *)&s->number = (__u64)p;
	return *(volatile __u64 *)&s->number;
}

static __always_inline struct weir_counts *counts_of(__u32 type)
{
	return bpf_map_lookup_elem(&counts, &type);
}

static __always_inline bool is_self(__u32 tgid)
{
	for (int i = 0; i < SELVES; i++)
		if (selves[i] && selves[i] == tgid)
			return true;
	return false;
}

/* Starts the TLV at s->pos; NULL where the record is full. */
static __always_inline struct weir_tlv *tlv_at(struct scratch *s, __u64 *pos)
{
	__u64 p = s->pos;

	if (p > POS_MASK) {
		s->flags |= FLAG_TRUNCATED;
		return NULL;
	}
	CLAMP(p, POS_MASK);
	*pos = p;
	return (struct weir_tlv *)&s->buf[p];
}

/* Writes the header of a TLV, as one number: the fields of struct weir_tlv. */
static __always_inline void put_head(struct weir_tlv *t, __u8 tag, __u8 arg, __u16 len, __u32 aux)
{
	*(__u64 *)t = tag | (__u64)arg << 8 | (__u64)len << 16 | (__u64)aux << 32;
}

/* Ends a TLV of len payload bytes: clears what pads it and moves on. */
static __always_inline void tlv_end(struct scratch *s, __u64 pos, __u64 len)
{
	__u64 tail = len & ~7ULL;

	CLAMP(tail, 0x3fff);
	if (len & 7) {
		__u64 *word = (__u64 *)&s->buf[pos + 8 + tail];
		*word &= (1ULL << (8 * (len & 7))) - 1;
	}
	s->pos = pos + 8 + ((len + 7) & ~7ULL);
}

static __always_inline void put_word(struct scratch *s, __u8 tag, __u8 arg, __u32 value)
{
	__u64 pos;
	struct weir_tlv *t = tlv_at(s, &pos);

	if (!t)
		return;
	put_head(t, tag, arg, 0, value);
	s->pos = pos + 8;
}

static __always_inline void put_u64(struct scratch *s, __u8 tag, __u8 arg, __u64 value)
{
	__u64 pos;
	struct weir_tlv *t = tlv_at(s, &pos);

	if (!t)
		return;
	put_head(t, tag, arg, 8, 0);
	*(__u64 *)&s->buf[pos + 8] = value;
	s->pos = pos + 16;
}

/* A text of the process (user) or of the kernel. Older kernels (6.1) count an empty
 * text of a process as nothing, newer ones its end, which both have written. */
static __always_inline int put_text(__u64 addr, __u32 slot, __u32 arg, bool user)
{
	struct scratch *s = scratch_of(slot);
	struct weir_tlv *t;
	__u64 pos, len;
	long n;

	if (!s || !addr)
		return -1;
	t = tlv_at(s, &pos);
	if (!t)
		return -1;
	if (user)
		n = bpf_probe_read_user_str(&s->buf[pos + 8], STR_MAX, (void *)addr);
	else
		n = bpf_probe_read_kernel_str(&s->buf[pos + 8], STR_MAX, (void *)addr);
	if (n < 0) {
		s->flags |= FLAG_FAULT;
		return -1;
	}
	if (n == STR_MAX)
		s->flags |= FLAG_TRUNCATED;
	len = n;
	if (len)
		len--;
	CLAMP(len, STR_MAX - 1);
	put_head(t, TAG_STR, arg, len, 0);
	if (arg == s->path_arg)
		s->path_pos = pos + 8;
	tlv_end(s, pos, len);
	return 0;
}

__noinline int put_user_str(__u64 addr, __u32 slot, __u32 arg)
{
	return put_text(addr, slot, arg, true);
}

__noinline int put_kernel_str(__u64 addr, __u32 slot, __u32 arg)
{
	return put_text(addr, slot, arg, false);
}

/* len bytes of the process that hold NUL-ended texts (argv after an exec). */
__noinline int put_user_block(__u64 addr, __u64 len, __u32 slot, __u32 arg)
{
	struct scratch *s = scratch_of(slot);
	struct weir_tlv *t;
	__u64 pos, n = len;

	if (!s)
		return -1;
	t = tlv_at(s, &pos);
	if (!t)
		return -1;
	if (n > DATA_MASK + 1) {
		n = DATA_MASK + 1;
		s->flags |= FLAG_TRUNCATED;
	}
	if (n) {
		__u64 size = n - 1;

		CLAMP(size, DATA_MASK);
		if (bpf_probe_read_user(&s->buf[pos + 8], size + 1, (void *)addr)) {
			s->flags |= FLAG_FAULT;
			return -1;
		}
	}
	put_head(t, TAG_STRS, arg, n, len);
	tlv_end(s, pos, n);
	return 0;
}

/* The texts of a NULL-ended array of pointers (argv of a failed exec). */
#define LIST_MAX 48

__noinline int put_user_list(__u64 addr, __u32 slot, __u32 arg, __u32 wide)
{
	struct scratch *s = scratch_of(slot);
	struct weir_tlv *t;
	__u64 pos, used = 0, step = wide ? 8 : 4;
	bool ended = false;

	if (!s || !addr)
		return -1;
	t = tlv_at(s, &pos);
	if (!t)
		return -1;
	for (int i = 0; i < LIST_MAX; i++) {
		__u64 item = 0, at = used;
		long n;

		if (bpf_probe_read_user(&item, step, (void *)(addr + i * step))) {
			s->flags |= FLAG_FAULT;
			break;
		}
		if (!item) {
			ended = true;
			break;
		}
		if (at > DATA_MASK)
			break;
		CLAMP(at, DATA_MASK);
		n = bpf_probe_read_user_str(&s->buf[pos + 8 + at], ITEM_MAX, (void *)item);
		if (n < 0) {
			s->flags |= FLAG_FAULT;
			break;
		}
		/* Of an empty text, older kernels do not count the end (put_text). */
		used = at + (n ? n : 1);
	}
	if (!ended)
		s->flags |= FLAG_TRUNCATED;
	put_head(t, TAG_STRS, arg, used, used + !ended);
	tlv_end(s, pos, used);
	return 0;
}

/* A socket address that the kernel has copied. */
__noinline int put_kernel_sockaddr(__u64 addr, __u64 len, __u32 slot, __u32 arg)
{
	struct scratch *s = scratch_of(slot);
	struct weir_tlv *t;
	__u64 pos, size;

	if (!s || !addr || len < 2 || len > 128)
		return -1;
	t = tlv_at(s, &pos);
	if (!t)
		return -1;
	size = len - 1;
	CLAMP(size, 127);
	if (bpf_probe_read_kernel(&s->buf[pos + 8], size + 1, (void *)addr))
		return -1;
	put_head(t, TAG_SOCKADDR, arg, size + 1, 0);
	tlv_end(s, pos, size + 1);
	return 0;
}

/* A socket address as the process passed it. */
__noinline int put_user_sockaddr(__u64 addr, __u64 len, __u32 slot, __u32 arg)
{
	struct scratch *s = scratch_of(slot);
	struct weir_tlv *t;
	__u64 pos, size;

	/* struct sockaddr_storage is 128 bytes; the kernel refuses more. */
	if (!s || !addr || len < 2 || len > 128)
		return -1;
	t = tlv_at(s, &pos);
	if (!t)
		return -1;
	size = len - 1;
	CLAMP(size, 127);
	if (bpf_probe_read_user(&s->buf[pos + 8], size + 1, (void *)addr)) {
		s->flags |= FLAG_FAULT;
		return -1;
	}
	put_head(t, TAG_SOCKADDR, arg, size + 1, 0);
	tlv_end(s, pos, size + 1);
	return 0;
}

#endif
