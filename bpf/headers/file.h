/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Files: the path that the kernel itself knows, and facts of the inode. */
#ifndef WEIR_FILE_H
#define WEIR_FILE_H

#include "build.h"

#define PATH_DEPTH 64

/* Walks from a dentry to the root of its mount namespace and writes the path
 * from the end of the buffer to its start. Pseudo files (memfd, pipes) have a
 * name but no place: their path is the name alone. */
__noinline int put_path(__u64 dentry, __u64 vfsmount, __u32 slot, __u32 arg)
{
	struct scratch *s = scratch_of(slot);
	struct pathbuf *b = bpf_map_lookup_elem(&pathbufs, &slot);
	struct dentry *d = (void *)dentry, *root;
	__u64 skip = bpf_core_field_offset(struct mount, mnt);
	struct mount *m = (void *)(vfsmount - skip);
	__u64 off, pos, n;
	struct weir_tlv *t;
	bool done = false, pseudo = false;

	if (!s || !b || !dentry || !vfsmount)
		return -1;
	*(volatile __u64 *)&b->off = PATH_MASK + 1;
	root = BPF_CORE_READ(m, mnt.mnt_root);
	for (int i = 0; i < PATH_DEPTH; i++) {
		struct dentry *up = BPF_CORE_READ(d, d_parent);
		const unsigned char *name;
		__u64 at, len;

		off = *(volatile __u64 *)&b->off;
		if (d == root) {
			struct mount *above = BPF_CORE_READ(m, mnt_parent);

			if (above == m) {
				done = true;
				break;
			}
			d = BPF_CORE_READ(m, mnt_mountpoint);
			m = above;
			root = BPF_CORE_READ(m, mnt.mnt_root);
			continue;
		}
		len = BPF_CORE_READ(d, d_name.len);
		name = BPF_CORE_READ(d, d_name.name);
		if (d == up) {
			pseudo = off == PATH_MASK + 1;
			done = true;
			if (!pseudo)
				break;
		}
		if (len > 255 || off < len + 1)
			break;
		at = off - len - 1;
		CLAMP(at, PATH_MASK);
		CLAMP(len, 0xff);
		b->buf[at] = '/';
		if (len && bpf_probe_read_kernel(&b->buf[at + 1], len, name)) {
			s->flags |= FLAG_FAULT;
			return -1;
		}
		*(volatile __u64 *)&b->off = pseudo ? at + 1 : at;
		if (pseudo)
			break;
		d = up;
	}
	off = *(volatile __u64 *)&b->off;
	if (!done)
		s->flags |= FLAG_TRUNCATED;
	if (off == PATH_MASK + 1 && !pseudo) {
		off--;
		b->buf[PATH_MASK] = '/';
	}
	t = tlv_at(s, &pos);
	if (!t)
		return -1;
	n = PATH_MASK + 1 - off;
	CLAMP(n, 0x1fff);
	CLAMP(off, 0x1fff);
	if (n > PATH_MASK + 1 || off > PATH_MASK + 1)
		return -1;
	if (n && bpf_probe_read_kernel(&s->buf[pos + 8], n, &b->buf[off]))
		return -1;
	*t = (struct weir_tlv){.tag = TAG_STR, .arg = arg, .len = n};
	tlv_end(s, pos, n);
	return 0;
}

static __always_inline int put_file_path(struct file *f, __u32 slot, __u32 arg)
{
	return put_path((__u64)BPF_CORE_READ(f, f_path.dentry), (__u64)BPF_CORE_READ(f, f_path.mnt), slot, arg);
}

/* The open file behind a number of the current process, or NULL. */
static __always_inline struct file *file_of(struct task_struct *t, __u32 fd)
{
	struct fdtable *table = BPF_CORE_READ(t, files, fdt);
	struct file **files;
	struct file *f = NULL;

	if (!table || fd >= BPF_CORE_READ(table, max_fds))
		return NULL;
	files = BPF_CORE_READ(table, fd);
	bpf_probe_read_kernel(&f, sizeof(f), &files[fd]);
	return f;
}

static __always_inline __u64 change_time(struct inode *i)
{
	struct inode___ctime1 *first = (void *)i;
	struct inode___ctime2 *second = (void *)i;
	struct inode___ctime3 *third = (void *)i;

	if (bpf_core_field_exists(third->i_ctime_sec))
		return BPF_CORE_READ(third, i_ctime_sec) * 1000000000ULL + BPF_CORE_READ(third, i_ctime_nsec);
	if (bpf_core_field_exists(second->__i_ctime))
		return BPF_CORE_READ(second, __i_ctime.tv_sec) * 1000000000ULL + BPF_CORE_READ(second, __i_ctime.tv_nsec);
	if (bpf_core_field_exists(first->i_ctime))
		return BPF_CORE_READ(first, i_ctime.tv_sec) * 1000000000ULL + BPF_CORE_READ(first, i_ctime.tv_nsec);
	return 0;
}

/* dev, inode and ctime as three arguments from arg on. */
static __always_inline void put_inode(struct scratch *s, struct inode *i, __u8 arg)
{
	put_word(s, TAG_U32, arg, BPF_CORE_READ(i, i_sb, s_dev));
	put_u64(s, TAG_U64, arg + 1, BPF_CORE_READ(i, i_ino));
	put_u64(s, TAG_U64, arg + 2, change_time(i));
}

#endif
