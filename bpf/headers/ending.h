/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Which thread's end is the end of its process. The kernel counts a thread off
 * some time before it tells of its end. Of several that end at the same moment
 * each can find that none is left; one of them is to say so.
 */
#ifndef WEIR_ENDING_H
#define WEIR_ENDING_H

#include "maps.h"

#define EEXIST 17

/* A process that is told to have ended; numbers alone are used again. */
struct ending {
	__u64 started;
	__u32 tgid, unused;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct ending);
	__type(value, __u8);
} endings SEC(".maps");

/* Whether this thread's end is to be told as that of its process. One that never
 * had another thread needs no look into the map: what threads did that are gone
 * is added to the process's sums. */
static __always_inline bool ends_process(struct task_struct *t)
{
	struct signal_struct *all = t->signal;
	struct ending of = {};
	__u8 value = 1;

	if (all->live.counter)
		return false;
	if (all->nr_threads == 1 && !all->sum_sched_runtime && !all->min_flt)
		return true;
	of.started = t->group_leader->start_boottime;
	of.tgid = t->tgid;
	return bpf_map_update_elem(&endings, &of, &value, BPF_NOEXIST) != -EEXIST;
}

#endif
