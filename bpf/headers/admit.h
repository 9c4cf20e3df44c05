/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Which events are taken: first what can be told before a record is begun.
 *
 * Each event is counted as seen here, and then once as something else.
 */
#ifndef WEIR_ADMIT_H
#define WEIR_ADMIT_H

#include "submit.h"

/* catalogue.Class */
#define CLASS_HIGH 2
#define CLASS_NORMAL 3
#define CLASS_LOW 4

#define SECOND 1000000000ULL

/* The alternatives of a type's scope that the current thread satisfies, with
 * their generation; UNSCOPED where all events of the type are wanted. */
static __always_inline __u64 alternatives(struct task_struct *t, __u32 type)
{
	__u32 g = generation & 1, at = type + g * TYPE_MAX;
	struct weir_scope *scope;
	__u64 mask, cgroup, *found;

	scope = bpf_map_lookup_elem(&scopes, &at);
	if (!scope || !scope->all)
		return UNSCOPED;
	mask = scope->all;
	if (mask & ~scope->comm) {
		struct scope_text key = {.type = type, .generation = g};

		bpf_get_current_comm(key.comm, sizeof(key.comm));
		found = bpf_map_lookup_elem(&scope_comms, &key);
		mask &= scope->comm | (found ? *found : 0);
	}
	if (mask & ~scope->uid) {
		struct scope_id key = {.type = type, .generation = g, .uid = GET(t, real_cred, uid.val)};

		found = bpf_map_lookup_elem(&scope_uids, &key);
		mask &= scope->uid | (found ? *found : 0);
	}
	if (mask & ~(scope->host & scope->container)) {
		cgroup = cgroup_of(t);
		/* One that is not known may be a container's. */
		if (bpf_map_lookup_elem(&host_cgroups, &cgroup))
			mask &= scope->host;
	}
	return mask ? mask | (__u64)g << GENERATION_BIT : 0;
}

/* Takes one event from what the process may send; false where nothing is left. */
__noinline int take_token(__u32 tgid)
{
	struct task_struct *t = this_task();
	struct weir_bucket *b = bpf_map_lookup_elem(&buckets, &tgid);
	__u64 now = bpf_ktime_get_boot_ns(), gained;

	if (!b || b->start_time != GET(t, group_leader, start_boottime)) {
		struct weir_bucket fresh = {
			.last = now, .tokens = task_rate, .pid = tgid, .start_time = GET(t, group_leader, start_boottime),
			.cgroup_id = cgroup_of(t), .uid = GET(t, real_cred, uid.val),
		};

		bpf_get_current_comm(fresh.comm, sizeof(fresh.comm));
		bpf_map_update_elem(&buckets, &tgid, &fresh, BPF_ANY);
		return 1;
	}
	if (now - b->last > SECOND / 64) {
		gained = (now - b->last > SECOND ? SECOND : now - b->last) * task_rate / SECOND;
		b->tokens = b->tokens + gained > task_rate ? task_rate : b->tokens + gained;
		b->last = now;
	}
	if (b->tokens) {
		b->tokens--;
		return 1;
	}
	if (!b->first_time)
		b->first_time = now;
	b->last_time = now;
	__sync_fetch_and_add(&b->suppressed, 1);
	return 0;
}

/* Counts an event of the bulk ring and decides on it. It may still be out of
 * scope by its path, which submit finds. 0 where it is not taken, else what
 * s->mask is to be. */
__noinline __u64 admit(__u32 type)
{
	struct task_struct *t = this_task();
	struct weir_counts *c = counts_of(type);
	__u64 mask, used;
	__u8 class;

	if (!c || type >= TYPE_MAX)
		return 0;
	c->seen++;
	mask = alternatives(t, type);
	if (!mask) {
		c->filtered++;
		return 0;
	}
	CLAMP(type, TYPE_MAX - 1);
	class = class_of[type];
	if (class < CLASS_NORMAL)
		return mask;
	used = bpf_ringbuf_query(&ring_bulk, BPF_RB_AVAIL_DATA);
	if (used * 2 < bulk_size)
		return mask;
	if ((class >= CLASS_LOW && used * 4 > bulk_size * 3ULL) || used * 8 > bulk_size * 7ULL) {
		c->shed++;
		return 0;
	}
	if (!take_token(GET(t, tgid))) {
		c->throttled++;
		return 0;
	}
	return mask;
}

/* Whether somebody wants an event that no row makes from this kind of program. */
static __always_inline bool made_by(__u32 type, __u32 by)
{
	__u32 *wanted = bpf_map_lookup_elem(&on, &type);

	return wanted && *wanted == by;
}

static __always_inline bool derived_on(__u32 type)
{
	return made_by(type, BY_HOOK);
}

/* Takes back what admit counted: the event was none. */
static __always_inline void retract(__u16 type)
{
	struct weir_counts *c = counts_of(type);

	if (c)
		c->seen--;
}

/* Counts an event of the priority ring, which is always taken. */
static __always_inline void admit_priority(__u16 type)
{
	struct weir_counts *c = counts_of(type);

	if (c)
		c->seen++;
}

#endif
