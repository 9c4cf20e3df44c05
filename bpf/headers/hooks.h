/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The kernel's own decision points, where it lets programs in: as a security
 * module, at the entry of a function, or by a breakpoint there, in this order.
 * One body makes the event for all three.
 */
#ifndef WEIR_HOOKS_H
#define WEIR_HOOKS_H

#include "derive.h"
#include "process.h"
#include "undisturbed.h"

/* Begins an event of a hook; NULL where it is not taken. */
static __always_inline struct scratch *begin_hook(__u16 type, __u8 hook, struct weir_row **row, __u64 *a)
{
	struct task_struct *t = this_task();
	struct weir_row *r;
	struct scratch *s;
	__u64 mask;
	bool compat;

	if (!derived_on(type) || is_self(GET(t, tgid)))
		return NULL;
	mask = admit(type);
	if (!mask)
		return NULL;
	compat = is_compat(t);
	r = row_of(syscall_nr(current_regs(t)), compat);
	syscall_args(current_regs(t), compat, a);
	if (r && r->action == ACT_ROUTE)
		r = routed(r, a);
	s = begin(SLOT_HOOK, type, hook, 0, r ? r->sysno : -1);
	if (!s)
		return NULL;
	if (r && r->fix)
		fix_args(r, a);
	s->flags = compat ? FLAG_COMPAT : 0;
	s->compat = compat;
	s->mask = mask;
	*row = r;
	return s;
}

/* The name that an open was asked for: the kernel's own copy of it. The kernel
 * opens a file that it has by an empty one, which nobody can ask for. */
static __always_inline void put_asked_name(struct scratch *s, struct task_struct *t, __u8 arg)
{
	__u64 name = 0;
	char first = 0;

	if (bpf_core_field_exists(t->nameidata))
		name = (__u64)BPF_CORE_READ(t, nameidata, name, name);
	if (name)
		bpf_probe_read_kernel(&first, 1, (void *)name);
	if (first)
		put_kernel_str(name, SLOT_HOOK, arg);
}

static __always_inline int file_open(struct file *file, __u8 hook)
{
	struct weir_row *row = NULL;
	struct scratch *s;
	__u64 a[6];

	s = begin_hook(TYPE_SECURITY_FILE_OPEN, hook, &row, a);
	if (!s)
		return 0;
	if (put_opened(s, number(s, file), SLOT_HOOK, 0)) {
		put_asked_name(s, this_task(), 5);
		submit(SLOT_HOOK, TYPE_SECURITY_FILE_OPEN);
	}
	end(s);
	return 0;
}

static __always_inline int socket_connect(struct socket *sock, struct sockaddr *address, int len, __u8 hook)
{
	struct weir_row *row = NULL;
	struct scratch *s;
	__u64 a[6];

	s = begin_hook(TYPE_SECURITY_SOCKET_CONNECT, hook, &row, a);
	if (!s)
		return 0;
	if (row && row->action == ACT_CONNECT)
		put_word(s, TAG_S32, 0, a[0]);
	put_word(s, TAG_S32, 1, BPF_CORE_READ(sock, type));
	put_kernel_sockaddr(number(s, address), len, SLOT_HOOK, 2);
	submit(SLOT_HOOK, TYPE_SECURITY_SOCKET_CONNECT);
	end(s);
	return 0;
}

static __always_inline int bprm_check(struct linux_binprm *bprm, __u8 hook)
{
	struct weir_row *row = NULL;
	struct scratch *s;
	__u64 a[6], file = (__u64)BPF_CORE_READ(bprm, file);

	s = begin_hook(TYPE_SECURITY_BPRM_CHECK, hook, &row, a);
	if (!s)
		return 0;
	s->path_arg = 0;
	put_file_path(file, SLOT_HOOK, 0);
	put_dev_inode(s, inode_of(file), 1);
	if (row && row->action == ACT_EXEC) {
		bool at = row->nargs == 5;

		put_user_list(at ? a[2] : a[1], SLOT_HOOK, 3, !s->compat);
		put_user_list(at ? a[3] : a[2], SLOT_HOOK, 4, !s->compat);
	}
	submit(SLOT_HOOK, TYPE_SECURITY_BPRM_CHECK);
	end(s);
	return 0;
}

/* A name in a directory: its path needs the directory's mount. */
static __always_inline int path_rename(struct path *old_dir, struct dentry *old, struct path *new_dir,
				       struct dentry *new, __u8 hook)
{
	struct weir_row *row = NULL;
	struct scratch *s;
	__u64 a[6];

	s = begin_hook(TYPE_SECURITY_INODE_RENAME, hook, &row, a);
	if (!s)
		return 0;
	s->path_arg = 1;
	put_path(number(s, old), (__u64)BPF_CORE_READ(old_dir, mnt), SLOT_HOOK, 0);
	put_path(number(s, new), (__u64)BPF_CORE_READ(new_dir, mnt), SLOT_HOOK, 1);
	submit(SLOT_HOOK, TYPE_SECURITY_INODE_RENAME);
	end(s);
	return 0;
}

static __always_inline int sb_mount(__u64 dev_name, struct path *path, __u64 type, __u64 flags, __u8 hook)
{
	struct weir_row *row = NULL;
	struct scratch *s;
	__u64 a[6];

	s = begin_hook(TYPE_SECURITY_SB_MOUNT, hook, &row, a);
	if (!s)
		return 0;
	s->path_arg = 0;
	put_kernel_str(dev_name, SLOT_HOOK, 0);
	put_path((__u64)BPF_CORE_READ(path, dentry), (__u64)BPF_CORE_READ(path, mnt), SLOT_HOOK, 1);
	put_kernel_str(type, SLOT_HOOK, 2);
	put_u64(s, TAG_U64, 3, flags);
	submit(SLOT_HOOK, TYPE_SECURITY_SB_MOUNT);
	end(s);
	return 0;
}

static __always_inline int kernel_read_file(struct file *read, __s32 id, __u8 hook)
{
	struct weir_row *row = NULL;
	struct scratch *s;
	__u64 a[6], file;

	s = begin_hook(TYPE_SECURITY_KERNEL_READ_FILE, hook, &row, a);
	if (!s)
		return 0;
	s->path_arg = 0;
	file = number(s, read);
	if (file) {
		put_file_path(file, SLOT_HOOK, 0);
		put_dev_inode(s, inode_of(file), 1);
		put_u64(s, TAG_U64, 4, change_time(AS(struct inode, inode_of(file))));
	}
	put_word(s, TAG_S32, 3, reading(id));
	submit(SLOT_HOOK, TYPE_SECURITY_KERNEL_READ_FILE);
	end(s);
	return 0;
}

SEC("lsm/file_open")
int HOOK_PROG(weir_lsm_file_open, struct file *file)
{
	return file_open(file, HOOK_LSM);
}

SEC("fentry/security_file_open")
int HOOK_PROG(weir_fentry_file_open, struct file *file)
{
	return file_open(file, HOOK_FENTRY);
}

SEC("kprobe/security_file_open")
int weir_kprobe_file_open(struct pt_regs *regs)
{
	return file_open((struct file *)PARM1(regs), HOOK_KPROBE);
}

SEC("lsm/socket_connect")
int HOOK_PROG(weir_lsm_socket_connect, struct socket *sock, struct sockaddr *address, int len)
{
	return socket_connect(sock, address, len, HOOK_LSM);
}

SEC("fentry/security_socket_connect")
int HOOK_PROG(weir_fentry_socket_connect, struct socket *sock, struct sockaddr *address, int len)
{
	return socket_connect(sock, address, len, HOOK_FENTRY);
}

SEC("kprobe/security_socket_connect")
int weir_kprobe_socket_connect(struct pt_regs *regs)
{
	return socket_connect((struct socket *)PARM1(regs), (struct sockaddr *)PARM2(regs), PARM3(regs), HOOK_KPROBE);
}

SEC("lsm/bprm_check_security")
int HOOK_PROG(weir_lsm_bprm_check, struct linux_binprm *bprm)
{
	return bprm_check(bprm, HOOK_LSM);
}

SEC("fentry/security_bprm_check")
int HOOK_PROG(weir_fentry_bprm_check, struct linux_binprm *bprm)
{
	return bprm_check(bprm, HOOK_FENTRY);
}

SEC("kprobe/security_bprm_check")
int weir_kprobe_bprm_check(struct pt_regs *regs)
{
	return bprm_check((struct linux_binprm *)PARM1(regs), HOOK_KPROBE);
}

SEC("lsm/path_rename")
int HOOK_PROG(weir_lsm_rename, struct path *old_dir, struct dentry *old, struct path *new_dir, struct dentry *new)
{
	return path_rename(old_dir, old, new_dir, new, HOOK_LSM);
}

SEC("fentry/security_path_rename")
int HOOK_PROG(weir_fentry_rename, struct path *old_dir, struct dentry *old, struct path *new_dir, struct dentry *new)
{
	return path_rename(old_dir, old, new_dir, new, HOOK_FENTRY);
}

SEC("kprobe/security_path_rename")
int weir_kprobe_rename(struct pt_regs *regs)
{
	return path_rename((struct path *)PARM1(regs), (struct dentry *)PARM2(regs), (struct path *)PARM3(regs),
			   (struct dentry *)PARM4(regs), HOOK_KPROBE);
}

SEC("lsm/sb_mount")
int HOOK_PROG(weir_lsm_mount, const char *dev_name, struct path *path, const char *type, unsigned long flags)
{
	return sb_mount((__u64)dev_name, path, (__u64)type, flags, HOOK_LSM);
}

SEC("fentry/security_sb_mount")
int HOOK_PROG(weir_fentry_mount, const char *dev_name, struct path *path, const char *type, unsigned long flags)
{
	return sb_mount((__u64)dev_name, path, (__u64)type, flags, HOOK_FENTRY);
}

SEC("kprobe/security_sb_mount")
int weir_kprobe_mount(struct pt_regs *regs)
{
	return sb_mount(PARM1(regs), (struct path *)PARM2(regs), PARM3(regs), PARM4(regs), HOOK_KPROBE);
}

SEC("lsm/kernel_read_file")
int HOOK_PROG(weir_lsm_read_file, struct file *file, int id)
{
	return kernel_read_file(file, id, HOOK_LSM);
}

SEC("fentry/security_kernel_read_file")
int HOOK_PROG(weir_fentry_read_file, struct file *file, int id)
{
	return kernel_read_file(file, id, HOOK_FENTRY);
}

SEC("kprobe/security_kernel_read_file")
int weir_kprobe_read_file(struct pt_regs *regs)
{
	return kernel_read_file((struct file *)PARM1(regs), PARM2(regs), HOOK_KPROBE);
}

#endif
