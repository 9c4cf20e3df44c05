/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Three objects from one source, for three ages of kernels:
 *
 *   compat (5.8 on)   every field is read with a helper
 *   typed  (5.15 on)  fields of the current task are loaded directly, which
 *                     costs about a sixth
 *   fast   (6.2 on)   so are those behind pointers that were read, by the kfunc
 *                     bpf_rdonly_cast
 *
 * GET reads through the task or a hook's argument, CHASE through any pointer.
 * Both take the members on the way like BPF_CORE_READ.
 */
#ifndef WEIR_TIER_H
#define WEIR_TIER_H

#include "minikern.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#define ARROW_1(p, a) (p)->a
#define ARROW_2(p, a, b) (p)->a->b
#define ARROW_3(p, a, b, c) (p)->a->b->c
#define ARROW_4(p, a, b, c, d) (p)->a->b->c->d
#define ARROW_N(_1, _2, _3, _4, NAME, ...) NAME
#define ARROW(p, ...) ARROW_N(__VA_ARGS__, ARROW_4, ARROW_3, ARROW_2, ARROW_1)(p, __VA_ARGS__)

#if defined(TIER_FAST)
extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym;

#define AS(type, p) ((type *)bpf_rdonly_cast((const void *)(p), bpf_core_type_id_kernel(type)))
#define CHASE(p, ...) ARROW(p, __VA_ARGS__)
#else
#define AS(type, p) ((type *)(p))
#define CHASE(p, ...) BPF_CORE_READ(p, __VA_ARGS__)
#endif

/* The number at an address of the kernel. Where pointers can be cast this is a
 * plain load, through the type that every kernel has for two numbers. */
static __always_inline __u64 number_at(__u64 address)
{
#if defined(TIER_FAST)
	return AS(struct timespec64, address)->tv_sec;
#else
	__u64 p = 0;

	bpf_probe_read_kernel(&p, sizeof(p), (void *)address);
	return p;
#endif
}

#if defined(TIER_COMPAT)
#define GET(p, ...) BPF_CORE_READ(p, __VA_ARGS__)
#else
#define GET(p, ...) ARROW(p, __VA_ARGS__)
#endif

static __always_inline struct task_struct *this_task(void)
{
#if defined(TIER_COMPAT)
	return (struct task_struct *)bpf_get_current_task();
#else
	return bpf_get_current_task_btf();
#endif
}

#endif
