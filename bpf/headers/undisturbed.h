/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Programs that keep their processor until they have ended.
 *
 * Elsewhere the kernel sees to that. Where it does not, another task could run
 * the same program there meanwhile: the kernel leaves that run out, and the
 * event is lost.
 */
#ifndef WEIR_UNDISTURBED_H
#define WEIR_UNDISTURBED_H

#include "maps.h"
#include <bpf/bpf_tracing.h>

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

/* Like BPF_PROG, whose program may not lose the processor. */
#define UNDISTURBED_PROG(needed, name, args...)                                                                        \
	name(unsigned long long *ctx);                                                                                 \
	static __always_inline int ____##name(unsigned long long *ctx, ##args);                                        \
	int name(unsigned long long *ctx)                                                                              \
	{                                                                                                              \
		hold_processor(needed);                                                                                \
		_Pragma("GCC diagnostic push")                                                                         \
		_Pragma("GCC diagnostic ignored \"-Wint-conversion\"")                                                 \
		____##name(___bpf_ctx_cast(args));                                                                     \
		_Pragma("GCC diagnostic pop")                                                                          \
		leave_processor(needed);                                                                               \
		return 0;                                                                                              \
	}                                                                                                              \
	static __always_inline int ____##name(unsigned long long *ctx, ##args)

#define TRACEPOINT_PROG(name, args...) UNDISTURBED_PROG(preempts_tracepoints, name, ##args)
#define HOOK_PROG(name, args...) UNDISTURBED_PROG(preempts_hooks, name, ##args)

#endif
