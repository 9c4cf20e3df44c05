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


/* The number of a pid inside its own namespace, and the namespace's inode. */
static __always_inline __u32 ns_number(struct pid *p, __u32 host, __u32 *ns)
{
	struct upid u = {};
	__u64 at;
	__u32 level = p->level;

	if (!level && !ns)
		return host;
	at = (__u64)p + bpf_core_field_offset(struct pid, numbers) + level * bpf_core_type_size(struct upid);
	bpf_probe_read_kernel(&u, sizeof(u), (void *)at);
	if (ns)
		*ns = BPF_CORE_READ(u.ns, ns.inum);
	return u.nr ? u.nr : host;
}

static __always_inline __u64 cgroup_of(struct task_struct *t)
{
	if (use_pids_cgroup && bpf_core_enum_value_exists(enum cgroup_subsys_id, pids_cgrp_id)) {
		__u64 i = bpf_core_enum_value(enum cgroup_subsys_id, pids_cgrp_id);
		return BPF_CORE_READ(t, cgroups, subsys[i], cgroup, kn, id);
	}
	return t->cgroups->dfl_cgrp->kn->id;
}

/* Takes the scratch of a slot and writes the header of the current thread.
 * NULL where the CPU's scratch is in use by a program that this one
 * interrupted: that event is counted as nested. */
static __always_inline struct scratch *begin(__u32 slot, __u16 type, __u8 hook, __s64 ret, __s32 sysno)
{
	struct task_struct *t = bpf_get_current_task_btf();
	struct scratch *s = scratch_of(slot);
	struct task_struct *leader, *parent;
	struct weir_hdr *h;

	if (!s)
		return NULL;
	if (s->busy) {
		struct weir_counts *c = counts_of(type);
		if (c) {
			c->seen++;
			c->nested++;
		}
		return NULL;
	}
	s->busy = 1;
	s->pos = sizeof(*h);
	s->flags = 0;
	h = (struct weir_hdr *)s->buf;
	leader = t->group_leader;
	parent = t->real_parent;
	h->version = WEIR_LAYOUT;
	h->hdr_words = sizeof(*h) / 8;
	h->hook = hook;
	h->reserved0 = 0;
	h->reserved1 = 0;
	h->cpu = bpf_get_smp_processor_id();
	h->time = bpf_ktime_get_boot_ns();
	h->host_pid = t->tgid;
	h->host_tid = t->pid;
	h->host_ppid = parent->tgid;
	h->tid = ns_number(t->thread_pid, t->pid, &h->pid_ns);
	h->pid = t->pid == t->tgid ? h->tid : ns_number(leader->thread_pid, t->tgid, NULL);
	h->ppid = ns_number(parent->group_leader->thread_pid, parent->tgid, NULL);
	h->uid = t->real_cred->uid.val;
	h->gid = t->real_cred->gid.val;
	h->euid = t->real_cred->euid.val;
	h->loginuid = bpf_core_field_exists(t->loginuid) ? t->loginuid.val : (__u32)-1;
	h->start_time = t->start_boottime;
	h->leader_start_time = leader->start_boottime;
	h->parent_start_time = parent->group_leader->start_boottime;
	h->cgroup_id = cgroup_of(t);
	h->mnt_ns = t->nsproxy->mnt_ns->ns.inum;
	__builtin_memcpy(h->comm, t->comm, 16);
	__builtin_memcpy(h->nodename, t->nsproxy->uts_ns->name.nodename, 16);
	h->ret = ret;
	h->sysno = sysno;
	return s;
}

static __always_inline void end(struct scratch *s)
{
	s->busy = 0;
}

#endif
