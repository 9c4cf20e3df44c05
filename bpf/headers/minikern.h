/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The few kernel types that Weir's programs read. Only names and types matter:
 * CO-RE relocates each access to where the running kernel has the field, so
 * order and omissions are of no importance.
 */
#ifndef WEIR_MINIKERN_H
#define WEIR_MINIKERN_H

#include <linux/types.h>
#include <linux/bpf.h>
#include <stdbool.h>

#define NULL ((void *)0)

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	int counter;
} weir_atomic_t;

typedef struct {
	__u32 val;
} weir_kid_t;

struct ns_common {
	__u32 inum;
};

struct new_utsname {
	char nodename[65];
};

struct uts_namespace {
	struct new_utsname name;
};

struct mnt_namespace {
	struct ns_common ns;
};

struct pid_namespace {
	struct ns_common ns;
};

struct net {
	struct ns_common ns;
};

struct nsproxy {
	struct uts_namespace *uts_ns;
	struct mnt_namespace *mnt_ns;
	struct net *net_ns;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	__u32 level;
	struct upid numbers[1];
};

struct kernel_cap_struct {
	__u32 cap[2];
};

struct cred {
	weir_kid_t uid, gid, euid;
	struct kernel_cap_struct cap_effective;
};

/* From 6.3 on the capabilities are one number. */
struct cred___cap64 {
	struct {
		__u64 val;
	} cap_effective;
};

struct kernfs_node {
	__u64 id;
};

struct cgroup_root {
	int hierarchy_id;
};

struct cgroup {
	struct kernfs_node *kn;
	struct cgroup_root *root;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
};

/* The values are relocated too: they depend on the kernel's configuration. */
enum cgroup_subsys_id {
	pids_cgrp_id = 11,
};

/* What a file is read for. Relocated as well: before 5.10 the numbers were others,
 * and the last is one of 7.x. */
enum kernel_read_file_id {
	READING_UNKNOWN,
	READING_FIRMWARE,
	READING_MODULE,
	READING_KEXEC_IMAGE,
	READING_KEXEC_INITRAMFS,
	READING_POLICY,
	READING_X509_CERTIFICATE,
	READING_MODULE_COMPRESSED,
};

struct css_set {
	struct cgroup_subsys_state *subsys[16];
	struct cgroup *dfl_cgrp;
};

struct qstr {
	__u32 len;
	const unsigned char *name;
};

struct super_block {
	__u32 s_dev;
	unsigned long s_magic;
};

struct timespec64 {
	__s64 tv_sec;
	long tv_nsec;
};

struct inode {
	__u16 i_mode;
	unsigned long i_ino;
	unsigned int i_nlink;
	struct super_block *i_sb;
};

/* The change time has had three layouts: up to 6.5, 6.6 to 6.10, 6.11 on. */
struct inode___ctime1 {
	struct timespec64 i_ctime;
};

struct inode___ctime2 {
	struct timespec64 __i_ctime;
};

struct inode___ctime3 {
	__s64 i_ctime_sec;
	__u32 i_ctime_nsec;
};

struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
};

struct vfsmount {
	struct dentry *mnt_root;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	struct path f_path;
	struct inode *f_inode;
	__u32 f_flags;
	__s64 f_pos;
	void *private_data;
};

struct fdtable {
	__u32 max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct fs_struct {
	struct path pwd;
};

struct in6_addr {
	__u8 in6_u[16];
};

struct weir_netref {
	struct net *net;
};

struct sock_common {
	struct weir_netref skc_net;
	__u32 skc_daddr, skc_rcv_saddr;
	__u16 skc_dport, skc_num;
	__u16 skc_family;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
};

struct sock {
	struct sock_common __sk_common;
};

struct socket {
	short type;
	struct sock *sk;
};

struct sockaddr;

struct unix_address {
	int len;
	char name[1];
};

struct unix_sock {
	struct unix_address *addr;
	struct sock *peer;
};

struct mm_struct {
	unsigned long start_code, end_code, arg_start, arg_end, env_start, env_end;
};

struct tty_driver {
	int major, minor_start;
};

struct tty_struct {
	struct tty_driver *driver;
	int index;
};

struct signal_struct {
	weir_atomic_t live;
	int nr_threads;
	unsigned long min_flt;
	unsigned long long sum_sched_runtime;
	struct tty_struct *tty;
};

struct vm_area_struct {
	unsigned long vm_start, vm_end, vm_flags;
	struct file *vm_file;
};

struct filename {
	const char *name;
};

struct nameidata {
	struct filename *name;
};

struct io_kiocb {
	__u8 opcode;
	__u32 flags;
};

struct thread_info {
	unsigned long flags;
	__u32 status;
};

struct task_struct {
	struct thread_info thread_info;
	__u32 flags;
	int pid;
	int tgid;
	int exit_code;
	struct task_struct *real_parent;
	struct task_struct *parent;
	struct task_struct *group_leader;
	__u64 start_boottime;
	struct pid *thread_pid;
	const struct cred *real_cred;
	char comm[16];
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	struct mm_struct *mm;
	struct css_set *cgroups;
	weir_kid_t loginuid;
	struct nameidata *nameidata;
	void *stack;
};

/* The whole word of bits is of no interest. */
struct task_struct___exec {
	unsigned int in_execve : 1;
};

struct linux_binprm {
	struct file *file;
	const char *filename;
	const char *interp;
};

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8;
	unsigned long ax, cx, dx, si, di, orig_ax, ip, cs, flags, sp, ss;
};
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs {
	__u64 regs[31];
	__u64 sp, pc, pstate;
	__u64 orig_x0;
	__s32 syscallno;
};
#endif

#pragma clang attribute pop

#endif
