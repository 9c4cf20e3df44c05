/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The header of a record: who did it.
 *
 * Fields are loaded directly through typed pointers, which costs about a sixth
 * of reading each with a helper. Only a pid below the first namespace needs a
 * helper: the verifier allows no variable index.
 */
#ifndef WEIR_THREAD_H
#define WEIR_THREAD_H

#include "build.h"
#include "tier.h"


/* The inode of the first pid namespace, which never changes. */
#define FIRST_PID_NS 0xeffffffcU

/* The number of a pid inside its own namespace, and the namespace's inode. */
static __always_inline __u32 ns_number(struct pid *p, __u32 host, __u32 *ns)
{
	__u32 level = GET(p, level), nr;
	struct upid *u;
	__u64 at;

	if (!level) {
		if (ns)
			*ns = FIRST_PID_NS;
		return host;
	}
	at = (__u64)p + bpf_core_field_offset(struct pid, numbers) + level * bpf_core_type_size(struct upid);
	u = AS(struct upid, at);
	if (ns)
		*ns = CHASE(u, ns, ns.inum);
	nr = CHASE(u, nr);
	return nr ? nr : host;
}

static __always_inline __u64 cgroup_of(struct task_struct *t)
{
	if (use_pids_cgroup && bpf_core_enum_value_exists(enum cgroup_subsys_id, pids_cgrp_id)) {
		__u64 i = bpf_core_enum_value(enum cgroup_subsys_id, pids_cgrp_id);
		__u64 at = (__u64)GET(t, cgroups) + bpf_core_field_offset(struct css_set, subsys) + i * sizeof(void *);
		struct cgroup_subsys_state *state = AS(struct cgroup_subsys_state, number_at(at));

		return CHASE(state, cgroup, kn, id);
	}
	return GET(t, cgroups, dfl_cgrp, kn, id);
}

static __always_inline __u64 capabilities(const struct cred *c)
{
	const struct cred___cap64 *c64 = (const void *)c;

	if (bpf_core_field_exists(c64->cap_effective.val))
		return GET(c64, cap_effective.val);
	return GET(c, cap_effective.cap[0]) | (__u64)GET(c, cap_effective.cap[1]) << 32;
}

/* The terminal's device number as user space knows it, 0 for none. */
static __always_inline __u32 terminal(struct task_struct *t)
{
	struct tty_struct *tty = GET(t, signal, tty);
	__u32 major, minor;

	if (!tty)
		return 0;
	major = GET(tty, driver, major);
	minor = GET(tty, driver, minor_start) + GET(tty, index);
	return (minor & 0xff) | major << 8 | (minor & ~0xffU) << 12;
}

static __always_inline void count_nested(__u16 type)
{
	struct weir_counts *c = counts_of(type);

	if (c)
		c->nested++;
}

/* 16 bytes of the kernel. Where pointers can be cast these are two loads; a copy of
 * what may be at any address would be one for each byte. */
static __always_inline void copy_16(void *to, __u64 address)
{
#if defined(TIER_FAST)
	struct timespec64 *from = AS(struct timespec64, address);

	((__u64 *)to)[0] = from->tv_sec;
	((__u64 *)to)[1] = from->tv_nsec;
#else
	bpf_probe_read_kernel(to, 16, (void *)address);
#endif
}

static __always_inline void copy_names(struct weir_hdr *h, struct task_struct *t, struct nsproxy *spaces)
{
	copy_16(h->comm, (__u64)t + bpf_core_field_offset(struct task_struct, comm));
	copy_16(h->nodename, (__u64)GET(spaces, uts_ns) + bpf_core_field_offset(struct uts_namespace, name.nodename));
}

/* Takes the scratch of a slot. NULL where the CPU's scratch is in use by a
 * program that this one interrupted: that event, which was counted as seen, is
 * counted as nested. */
static __always_inline struct scratch *take(__u32 slot, __u16 type)
{
	struct scratch *s = scratch_of(slot);

	if (!s)
		return NULL;
	if (s->busy) {
		count_nested(type);
		return NULL;
	}
	s->busy = 1;
	s->pos = sizeof(struct weir_hdr);
	s->flags = 0;
	s->path_arg = NO_PATH;
	s->path_pos = 0;
	return s;
}

/* What a header says besides who did it. */
static __always_inline void stamp(struct weir_hdr *h, __u8 hook, __s64 ret, __s32 sysno)
{
	h->version = WEIR_LAYOUT;
	h->hdr_words = sizeof(*h) / 8;
	h->hook = hook;
	h->reserved0 = 0;
	h->reserved1 = 0;
	h->cpu = bpf_get_smp_processor_id();
	h->time = bpf_ktime_get_boot_ns();
	h->ret = ret;
	h->sysno = sysno;
}

/* Who a thread is. Pointers that several fields are behind are read once: the
 * compiler cannot know that they stay. The cast is for the verifier: at each
 * pointer that is read through a task that it trusts, it looks through the names
 * of all types of the kernel, which takes longer than everything else together. */
static __always_inline void describe(struct weir_hdr *h, struct task_struct *trusted)
{
	struct task_struct *t = AS(struct task_struct, trusted);
	struct task_struct *leader = GET(t, group_leader), *parent = GET(t, real_parent);
	struct task_struct *above = GET(parent, group_leader);
	const struct cred *c = GET(t, real_cred);
	struct nsproxy *spaces = GET(t, nsproxy);
	__u32 tgid = GET(t, tgid), tid = GET(t, pid), ppid = GET(above, tgid), nr;

	h->host_pid = tgid;
	h->host_tid = tid;
	h->host_ppid = ppid;
	nr = ns_number(GET(t, thread_pid), tid, &h->pid_ns);
	h->tid = nr;
	h->pid = tid == tgid ? nr : ns_number(GET(leader, thread_pid), tgid, NULL);
	h->ppid = ns_number(GET(above, thread_pid), ppid, NULL);
	h->uid = GET(c, uid.val);
	h->gid = GET(c, gid.val);
	h->euid = GET(c, euid.val);
	h->loginuid = bpf_core_field_exists(t->loginuid) ? GET(t, loginuid.val) : (__u32)-1;
	h->start_time = GET(t, start_boottime);
	h->leader_start_time = GET(leader, start_boottime);
	h->parent_start_time = GET(above, start_boottime);
	h->cgroup_id = cgroup_of(t);
	h->mnt_ns = GET(spaces, mnt_ns, ns.inum);
	copy_names(h, t, spaces);
	h->cap_effective = capabilities(c);
	h->cgroup2_id = use_pids_cgroup ? GET(t, cgroups, dfl_cgrp, kn, id) : h->cgroup_id;
	h->tty = terminal(t);
	h->net_ns = GET(spaces, net_ns, ns.inum);
}

/* Writes the header of the current thread. */
__noinline int identify(__u32 slot)
{
	struct scratch *s = scratch_of(slot);
	struct weir_hdr *h;

	if (!s)
		return -1;
	h = (struct weir_hdr *)s->buf;
	stamp(h, s->hook, s->ret, s->sysno);
	describe(h, this_task());
	s->described = 1;
	return 0;
}

/* Takes the scratch of a slot for an event of the current thread; submit writes
 * the header. NULL as take. */
static __always_inline struct scratch *begin(__u32 slot, __u16 type, __u8 hook, __s64 ret, __s32 sysno)
{
	struct scratch *s = take(slot, type);

	if (!s)
		return NULL;
	s->hook = hook;
	s->ret = ret;
	s->sysno = sysno;
	s->described = 0;
	return s;
}

static __always_inline void end(struct scratch *s)
{
	s->busy = 0;
}

#endif
