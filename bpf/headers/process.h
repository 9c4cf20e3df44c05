/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Processes and cgroups: the priority class, always on. */
#ifndef WEIR_PROCESS_H
#define WEIR_PROCESS_H

#include "admit.h"
#include "before.h"
#include "ending.h"
#include "rows.h"
#include "sockets.h"
#include "undisturbed.h"

#define PF_KTHREAD 0x00200000

SEC("tp_btf/task_rename")
int TRACEPOINT_PROG(weir_task_rename, struct task_struct *t, const char *comm)
{
	struct task_struct *cur = this_task();

	if (in_exec(cur))
		before_exec_begins(cur);
	return 0;
}

static __always_inline void put_stdin(struct scratch *s, struct task_struct *t)
{
	__u64 file = file_of(t, 0);

	if (!file)
		return;
	put_word(s, TAG_U32, 10, mode_of(inode_of(file)) & S_IFMT);
	put_file_path(file, SLOT_SCHED, 11);
}

/* A thread's name: 16 bytes, the text ends at the first zero. */
static __always_inline void put_name(struct scratch *s, const char *comm, __u8 arg)
{
	__u64 pos;
	struct weir_tlv *t = tlv_at(s, &pos);

	if (!t)
		return;
	put_head(t, TAG_STR, arg, 16, 0);
	__builtin_memcpy(&s->buf[pos + 8], comm, 16);
	s->pos = pos + 24;
}

static __always_inline void put_block(struct task_struct *t, bool env, __u8 arg)
{
	__u64 start = env ? GET(t, mm, env_start) : GET(t, mm, arg_start);
	__u64 stop = env ? GET(t, mm, env_end) : GET(t, mm, arg_end);

	put_user_block(start, stop - start, SLOT_SCHED, arg);
}

/* execve and execveat themselves, where they succeeded. */
static __always_inline void submit_exec_syscall(struct scratch *s, struct task_struct *t,
						__u64 filename, struct weir_row *row, struct before_exec *b)
{
	__u8 first = row->nargs == 5 ? 1 : 0; /* execveat has a directory before the path. */

	s->mask = admit(row->raw);
	if (!s->mask)
		return;
	s->pos = sizeof(struct weir_hdr);
	s->flags &= FLAG_COMPAT;
	s->path_arg = first;
	s->path_pos = 0;
	if (first && b) {
		put_word(s, TAG_S32, 0, b->dirfd);
		put_word(s, TAG_S32, 4, b->flags);
	}
	put_kernel_str(filename, SLOT_SCHED, first);
	put_block(t, false, first + 1);
	put_block(t, true, first + 2);
	submit(SLOT_SCHED, row->raw);
}

/* security_bprm_check, where no better hook is there for it. */
static __always_inline void submit_bprm_check(struct scratch *s, struct task_struct *t, __u64 file)
{
	s->mask = admit(TYPE_SECURITY_BPRM_CHECK);
	if (!s->mask)
		return;
	s->pos = sizeof(struct weir_hdr);
	s->flags &= FLAG_COMPAT;
	s->path_arg = 0;
	s->path_pos = 0;
	put_file_path(file, SLOT_SCHED, 0);
	put_dev_inode(s, inode_of(file), 1);
	put_block(t, false, 3);
	put_block(t, true, 4);
	submit(SLOT_SCHED, TYPE_SECURITY_BPRM_CHECK);
}

#if !defined(TIER_COMPAT)
/* Only the names matter: the value is relocated. */
enum bpf_func_id___find {
	BPF_FUNC_find_vma___find = 180,
};

struct first_file {
	__u64 file;
};

static long note_first_file(struct task_struct *t, struct vm_area_struct *vma, struct first_file *first)
{
	first->file = (__u64)BPF_CORE_READ(vma, vm_file);
	return 0;
}
#endif

/* The file with the first instruction, where that is not the program's own: the
 * one that loads shared libraries. Before 5.17 nothing tells of it. The files are
 * not compared: an overlay maps that of a layer. */
static __always_inline void put_loader(struct task_struct *t)
{
#if !defined(TIER_COMPAT)
	__u64 first = NEXT(current_regs(t));
	struct first_file file = {};

	if (!bpf_core_enum_value_exists(enum bpf_func_id___find, BPF_FUNC_find_vma___find))
		return;
	if (first >= GET(t, mm, start_code) && first < GET(t, mm, end_code))
		return;
	bpf_find_vma(t, first, note_first_file, &file, 0);
	if (file.file)
		put_file_path(file.file, SLOT_SCHED, 6);
#endif
}

/* The file that is executed. */
static __always_inline void put_program(struct scratch *s, __u64 file)
{
	__u64 inode = inode_of(file);
	struct inode *i = AS(struct inode, inode);

	put_file_path(file, SLOT_SCHED, 1);
	put_inode(s, inode, 2);
	put_word(s, TAG_U32, 5, CHASE(i, i_mode));
	put_word(s, TAG_BOOL, 15, in_upper_layer(inode));
	put_word(s, TAG_BOOL, 16, is_memfd(file));
	put_word(s, TAG_BOOL, 17, CHASE(i, i_nlink) == 0);
}

SEC("tp_btf/sched_process_exec")
int TRACEPOINT_PROG(weir_exec, struct task_struct *t, int old_pid, struct linux_binprm *bprm)
{
	__u32 tid = t->pid;
	struct before_slot *slot = before_slot_of(tid);
	struct before_exec *b = before_of(slot, tid);
	struct weir_row *row = b ? row_of(b->nr, b->compat) : current_row(t);
	struct scratch *s;
	__u64 filename, interp, file, binary = (__u64)bprm, directory = (__u64)GET(t, fs);

	admit_priority(TYPE_EXEC);
	s = begin(SLOT_SCHED, TYPE_EXEC, HOOK_TP, 0, row ? row->sysno : -1);
	if (!s) {
		forget_before(slot, tid);
		return 0;
	}
	s->flags = b && b->compat ? FLAG_COMPAT : 0;
	filename = number_at(binary + bpf_core_field_offset(struct linux_binprm, filename));
	interp = number_at(binary + bpf_core_field_offset(struct linux_binprm, interp));
	file = number_at(binary + bpf_core_field_offset(struct linux_binprm, file));
	put_kernel_str(filename, SLOT_SCHED, 0);
	if (file)
		put_program(s, file);
	put_loader(t);
	put_kernel_str(interp, SLOT_SCHED, 7);
	put_block(t, false, 8);
	put_block(t, true, 9);
	put_stdin(s, t);
	put_word(s, TAG_S32, 12, (t->parent->flags & PF_KTHREAD) != 0);
	if (b)
		put_name(s, b->comm, 13);
	put_path(number_at(directory + bpf_core_field_offset(struct fs_struct, pwd.dentry)),
		 number_at(directory + bpf_core_field_offset(struct fs_struct, pwd.mnt)), SLOT_SCHED, 14);
	submit(SLOT_SCHED, TYPE_EXEC);
	if (file && made_by(TYPE_SECURITY_BPRM_CHECK, BY_TRACEPOINT))
		submit_bprm_check(s, t, file);
	if (row && row->action == ACT_EXEC && row->on & ON_RAW)
		submit_exec_syscall(s, t, filename, row, b);
	end(s);
	forget_before(slot, tid);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int TRACEPOINT_PROG(weir_fork, struct task_struct *parent, struct task_struct *child)
{
	struct weir_row *row = current_row(parent);
	struct task_struct *leader = child->group_leader;
	struct scratch *s;
	struct weir_hdr *h;

	/* The collector's own new threads are of no interest to anyone. */
	if (is_self(child->tgid))
		return 0;
	admit_priority(TYPE_FORK);
	s = begin(SLOT_SCHED, TYPE_FORK, HOOK_TP, 0, row ? row->sysno : -1);
	if (!s)
		return 0;
	identify(SLOT_SCHED);
	h = (struct weir_hdr *)s->buf;
	put_word(s, TAG_S32, 0, h->host_tid);
	put_word(s, TAG_S32, 1, h->tid);
	put_word(s, TAG_S32, 2, h->host_pid);
	put_word(s, TAG_S32, 3, h->pid);
	put_word(s, TAG_S32, 4, child->pid);
	put_word(s, TAG_S32, 5, ns_number(child->thread_pid, child->pid, NULL));
	put_word(s, TAG_S32, 6, child->tgid);
	put_word(s, TAG_S32, 7, ns_number(leader->thread_pid, child->tgid, NULL));
	put_u64(s, TAG_START, 8, child->start_boottime);
	submit(SLOT_SCHED, TYPE_FORK);
	end(s);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int TRACEPOINT_PROG(weir_exit, struct task_struct *t)
{
	bool last = t->signal->live.counter == 0;
	struct weir_row *row = current_row(t);
	struct scratch *s;

	/* An exec that failed when there was no way back. */
	release(before_slot_of(t->pid), t->pid);
	if (!last && is_self(t->tgid))
		return 0;
	admit_priority(TYPE_EXIT);
	s = begin(SLOT_SCHED, TYPE_EXIT, HOOK_TP, 0, row ? row->sysno : -1);
	if (!s)
		return 0;
	put_word(s, TAG_S32, 0, (t->exit_code >> 8) & 0xff);
	put_word(s, TAG_BOOL, 1, last && ends_process(t));
	put_word(s, TAG_S32, 2, t->exit_code & 0x7f);
	submit(SLOT_SCHED, TYPE_EXIT);
	end(s);
	return 0;
}

static __always_inline int cgroup_event(struct cgroup *g, const char *path, __u16 type)
{
	struct weir_row *row;
	struct scratch *s;
	int hierarchy = g->root->hierarchy_id;

	/* Ids are unique inside one hierarchy only: the one that headers use. */
	if (hierarchy != cgroup_hierarchy)
		return 0;
	row = current_row(this_task());
	admit_priority(type);
	s = begin(SLOT_SCHED, type, HOOK_TP, 0, row ? row->sysno : -1);
	if (!s)
		return 0;
	put_u64(s, TAG_U64, 0, g->kn->id);
	put_kernel_str((__u64)path, SLOT_SCHED, 1);
	put_word(s, TAG_U32, 2, hierarchy);
	submit(SLOT_SCHED, type);
	end(s);
	return 0;
}

SEC("tp_btf/cgroup_mkdir")
int TRACEPOINT_PROG(weir_cgroup_mkdir, struct cgroup *g, const char *path)
{
	return cgroup_event(g, path, TYPE_CGROUP_MKDIR);
}

SEC("tp_btf/cgroup_rmdir")
int TRACEPOINT_PROG(weir_cgroup_rmdir, struct cgroup *g, const char *path)
{
	return cgroup_event(g, path, TYPE_CGROUP_RMDIR);
}

#endif
