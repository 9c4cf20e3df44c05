/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* How the two architectures keep a syscall's number and arguments. */
#ifndef WEIR_ARCH_H
#define WEIR_ARCH_H

#include "tier.h"

/* Registers come from a hook's argument or from current_regs, which is no typed
 * pointer in the compat object. */
#if defined(TIER_COMPAT)
#define REG(r, field) BPF_CORE_READ(r, field)
#else
#define REG(r, field) (r)->field
#endif

#if defined(__TARGET_ARCH_x86)

#define TS_COMPAT 2
#define X32_BIT 0x40000000

static __always_inline bool is_compat(struct task_struct *t)
{
	return GET(t, thread_info.status) & TS_COMPAT;
}

/* x32 shares the numbers below 512 with the 64-bit table. */
static __always_inline __u32 syscall_nr(struct pt_regs *r)
{
	return (__u32)REG(r, orig_ax) & ~X32_BIT;
}

static __always_inline void syscall_args(struct pt_regs *r, bool compat, __u64 *a)
{
	if (compat) {
		a[0] = (__u32)REG(r, bx);
		a[1] = (__u32)REG(r, cx);
		a[2] = (__u32)REG(r, dx);
		a[3] = (__u32)REG(r, si);
		a[4] = (__u32)REG(r, di);
		a[5] = (__u32)REG(r, bp);
		return;
	}
	a[0] = REG(r, di);
	a[1] = REG(r, si);
	a[2] = REG(r, dx);
	a[3] = REG(r, r10);
	a[4] = REG(r, r8);
	a[5] = REG(r, r9);
}

/* What a function was called with, at a breakpoint on its entry. */
#define PARM1(r) ((r)->di)
#define PARM2(r) ((r)->si)
#define PARM3(r) ((r)->dx)
#define PARM4(r) ((r)->cx)

/* Where a program goes on. */
#define NEXT(r) REG(r, ip)

#elif defined(__TARGET_ARCH_arm64)

#define PARM1(r) ((r)->regs[0])
#define PARM2(r) ((r)->regs[1])
#define PARM3(r) ((r)->regs[2])
#define PARM4(r) ((r)->regs[3])
#define NEXT(r) REG(r, pc)

#define TIF_32BIT 22

static __always_inline bool is_compat(struct task_struct *t)
{
	return GET(t, thread_info.flags) & (1UL << TIF_32BIT);
}

static __always_inline __u32 syscall_nr(struct pt_regs *r)
{
	return (__u32)REG(r, syscallno);
}

static __always_inline void syscall_args(struct pt_regs *r, bool compat, __u64 *a)
{
	a[0] = REG(r, orig_x0);
	a[1] = REG(r, regs[1]);
	a[2] = REG(r, regs[2]);
	a[3] = REG(r, regs[3]);
	a[4] = REG(r, regs[4]);
	a[5] = REG(r, regs[5]);
}

#endif

/* Where the current thread's user registers are: only a helper may say so, and
 * before 5.15 there is none. They end where its kernel stack does, whose size
 * has not changed in the kernels that lack the helper. */
static __always_inline struct pt_regs *current_regs(struct task_struct *t)
{
#if defined(TIER_COMPAT)
	return (struct pt_regs *)((__u64)BPF_CORE_READ(t, stack) + (16 << 10) - bpf_core_type_size(struct pt_regs));
#else
	return (struct pt_regs *)bpf_task_pt_regs(t);
#endif
}

#endif
