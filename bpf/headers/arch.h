/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* How the two architectures keep a syscall's number and arguments. */
#ifndef WEIR_ARCH_H
#define WEIR_ARCH_H

#include "minikern.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#if defined(__TARGET_ARCH_x86)

#define TS_COMPAT 2
#define X32_BIT 0x40000000

static __always_inline bool is_compat(struct task_struct *t)
{
	return t->thread_info.status & TS_COMPAT;
}

/* x32 shares the numbers below 512 with the 64-bit table. */
static __always_inline __u32 syscall_nr(struct pt_regs *r)
{
	return (__u32)r->orig_ax & ~X32_BIT;
}

static __always_inline void syscall_args(struct pt_regs *r, bool compat, __u64 *a)
{
	if (compat) {
		a[0] = (__u32)r->bx;
		a[1] = (__u32)r->cx;
		a[2] = (__u32)r->dx;
		a[3] = (__u32)r->si;
		a[4] = (__u32)r->di;
		a[5] = (__u32)r->bp;
		return;
	}
	a[0] = r->di;
	a[1] = r->si;
	a[2] = r->dx;
	a[3] = r->r10;
	a[4] = r->r8;
	a[5] = r->r9;
}

#elif defined(__TARGET_ARCH_arm64)

#define TIF_32BIT 22

static __always_inline bool is_compat(struct task_struct *t)
{
	return t->thread_info.flags & (1UL << TIF_32BIT);
}

static __always_inline __u32 syscall_nr(struct pt_regs *r)
{
	return (__u32)r->syscallno;
}

static __always_inline void syscall_args(struct pt_regs *r, bool compat, __u64 *a)
{
	a[0] = r->orig_x0;
	a[1] = r->regs[1];
	a[2] = r->regs[2];
	a[3] = r->regs[3];
	a[4] = r->regs[4];
	a[5] = r->regs[5];
}

#endif

/* Where the current thread's user registers are: only helpers may say so. */
static __always_inline struct pt_regs *current_regs(struct task_struct *t)
{
	return (struct pt_regs *)bpf_task_pt_regs(t);
}

#endif
