/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What is noted of a thread just before its exec, and found again at its end. */
#ifndef WEIR_BEFORE_H
#define WEIR_BEFORE_H

#include "arch.h"
#include "build.h"

/* Whether the current thread changes its name by an exec and not by itself. */
static __always_inline bool in_exec(struct task_struct *t)
{
	struct task_struct___exec *e = (void *)t;

	if (!bpf_core_field_exists(e->in_execve))
		return true;
	return BPF_CORE_READ_BITFIELD_PROBED(e, in_execve);
}

static __always_inline struct before_slot *before_slot_of(__u32 tid)
{
	__u32 at = tid & (BEFORE_SLOTS - 1);

	return bpf_map_lookup_elem(&before, &at);
}

/* Takes a thread's place; false where another thread has it. */
static __always_inline bool claim(struct before_slot *slot, __u32 tid)
{
	volatile __u32 *claims = &slot->claims;

	if (*(volatile __u32 *)&slot->tid == tid)
		return true;
	if (*claims)
		return false;
	__sync_fetch_and_add(&slot->claims, 1);
	if (*claims == 1)
		return true;
	__sync_fetch_and_add(&slot->claims, -1);
	return false;
}

/* Gives a thread's place back, where it has it. */
static __always_inline void release(struct before_slot *slot, __u32 tid)
{
	if (!slot || slot->tid != tid)
		return;
	*(volatile __u32 *)&slot->tid = 0;
	__sync_fetch_and_add(&slot->claims, -1);
}

static __always_inline void note_before(struct before_exec *b, struct task_struct *t)
{
	struct pt_regs *regs = current_regs(t);
	__u64 args[6];

#if defined(TIER_COMPAT)
	BPF_CORE_READ_INTO(&b->comm, t, comm);
#else
	__builtin_memcpy(b->comm, t->comm, 16);
#endif
	b->compat = is_compat(t);
	b->nr = syscall_nr(regs);
	syscall_args(regs, b->compat, args);
	b->dirfd = args[0];
	b->flags = args[4];
}

/* Runs inside an exec just before the thread's name changes: the last moment
 * at which the old name, the syscall's arguments and even its number are there
 * (x86 pretends from then on that it was a 64-bit execve). */
static __always_inline void before_exec_begins(struct task_struct *t)
{
	__u32 tid = GET(t, pid);
	struct before_slot *slot = before_slot_of(tid);
	struct before_exec b = {};

	if (slot && claim(slot, tid)) {
		note_before(&slot->b, t);
		*(volatile __u32 *)&slot->tid = tid;
		return;
	}
	note_before(&b, t);
	bpf_map_update_elem(&before_others, &tid, &b, BPF_ANY);
}

/* What was noted of a thread; NULL for nothing. */
static __always_inline struct before_exec *before_of(struct before_slot *slot, __u32 tid)
{
	if (slot && slot->tid == tid)
		return &slot->b;
	return bpf_map_lookup_elem(&before_others, &tid);
}

static __always_inline void forget_before(struct before_slot *slot, __u32 tid)
{
	if (slot && slot->tid == tid)
		release(slot, tid);
	else
		bpf_map_delete_elem(&before_others, &tid);
}

#endif
