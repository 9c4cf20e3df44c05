/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Programs that are not disturbed by other runs of themselves.
 *
 * Elsewhere the kernel sees to that. Where a program can lose its processor to
 * another task, it keeps it until it is done, so that the scratches are its own.
 * But it loses it right then, before the kernel has noted its end: until the
 * task goes on, the kernel leaves out all other runs there. So programs at
 * tracepoints are attached in several copies, which differ by their cookies: a
 * copy does the work where all before it are occupied on the processor.
 */
#ifndef WEIR_UNDISTURBED_H
#define WEIR_UNDISTURBED_H

#include "maps.h"
#include <bpf/bpf_tracing.h>

/* bpf.copies in user space. */
#define COPIES 3

#if defined(TIER_FAST)
extern void bpf_preempt_disable(void) __weak __ksym;
extern void bpf_preempt_enable(void) __weak __ksym;

static __always_inline void hold_processor(bool needed)
{
	if (needed)
		bpf_preempt_disable();
}

static __always_inline void leave_processor(bool needed)
{
	if (needed)
		bpf_preempt_enable();
}
#else
static __always_inline void hold_processor(bool needed)
{
}

static __always_inline void leave_processor(bool needed)
{
}
#endif

/* Of each program at a tracepoint, which copies are at work on the processor. */
struct occupied {
	__u32 copies[COPIES];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, struct occupied);
} occupied SEC(".maps");

/* Where this copy notes that it is at work; NULL where another has the event. */
static __always_inline __u32 *take_turn(void *ctx, __u32 program)
{
	struct occupied *o = bpf_map_lookup_elem(&occupied, &program);
	__u64 copy = bpf_get_attach_cookie(ctx);

	if (!o || copy >= COPIES)
		return NULL;
	if ((copy > 0 && !o->copies[0]) || (copy > 1 && !o->copies[1]))
		return NULL;
	return copy == 0 ? &o->copies[0] : copy == 1 ? &o->copies[1] : &o->copies[2];
}

/* Like BPF_PROG. */
#define TRACEPOINT_PROG(name, args...)                                                                                 \
	name(unsigned long long *ctx);                                                                                 \
	static __always_inline int ____##name(unsigned long long *ctx, ##args);                                        \
	int name(unsigned long long *ctx)                                                                              \
	{                                                                                                              \
		__u32 *turn = NULL;                                                                                    \
		if (preempts_tracepoints) {                                                                            \
			turn = take_turn(ctx, __COUNTER__);                                                            \
			if (!turn)                                                                                     \
				return 0;                                                                              \
			*(volatile __u32 *)turn = 1;                                                                   \
			hold_processor(true);                                                                          \
		}                                                                                                      \
		_Pragma("GCC diagnostic push")                                                                         \
		_Pragma("GCC diagnostic ignored \"-Wint-conversion\"")                                                 \
		____##name(___bpf_ctx_cast(args));                                                                     \
		_Pragma("GCC diagnostic pop")                                                                          \
		if (turn) {                                                                                            \
			leave_processor(preempts_tracepoints);                                                         \
			*(volatile __u32 *)turn = 0;                                                                   \
		}                                                                                                      \
		return 0;                                                                                              \
	}                                                                                                              \
	static __always_inline int ____##name(unsigned long long *ctx, ##args)

/* Like BPF_PROG. */
#define HOOK_PROG(name, args...)                                                                                       \
	name(unsigned long long *ctx);                                                                                 \
	static __always_inline int ____##name(unsigned long long *ctx, ##args);                                        \
	int name(unsigned long long *ctx)                                                                              \
	{                                                                                                              \
		hold_processor(preempts_hooks);                                                                        \
		_Pragma("GCC diagnostic push")                                                                         \
		_Pragma("GCC diagnostic ignored \"-Wint-conversion\"")                                                 \
		____##name(___bpf_ctx_cast(args));                                                                     \
		_Pragma("GCC diagnostic pop")                                                                          \
		leave_processor(preempts_hooks);                                                                       \
		return 0;                                                                                              \
	}                                                                                                              \
	static __always_inline int ____##name(unsigned long long *ctx, ##args)

#endif
