/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Files: the path that the kernel itself knows, and facts of the inode. */
#ifndef WEIR_FILE_H
#define WEIR_FILE_H

#include "build.h"
#include "tier.h"

#define PATH_DEPTH 64

/* Copies a name in front of what has been written of a path, and returns 0. Most
 * names are short: those are loaded as two numbers, where that can be, which takes
 * a fraction of what a helper does. A function of its own, so that the verifier
 * does not follow its branches for each name of a path. */
#define SHORT_NAME 16

__noinline int copy_name(__u32 slot, __u64 at, __u64 len)
{
	struct pathbuf *b = bpf_map_lookup_elem(&pathbufs, &slot);
	__u64 name;
	__u8 *to;

	if (!b)
		return -1;
	CLAMP(at, PATH_MASK);
	name = *(volatile __u64 *)&b->name;
	to = &b->buf[at + 1];
#if defined(TIER_FAST)
	if (len <= SHORT_NAME) {
		struct timespec64 *from = AS(struct timespec64, name);
		__u64 *word = (__u64 *)to, last = from->tv_sec, kept;

		if (len > 8) {
			*word++ = last;
			last = from->tv_nsec;
			len -= 8;
		}
		kept = len < 8 ? ~0ULL << (8 * len) : 0;
		*word = (last & ~kept) | (*word & kept);
		return 0;
	}
#endif
	CLAMP(len, 0xff);
	return bpf_probe_read_kernel(to, len, (void *)name) ? -1 : 0;
}

/* Copies a short path and what is behind it, which comes to lie where the record
 * goes on: both buffers have room for that. */
#define SHORT_PATH 64

static __always_inline void copy_short_path(void *to, void *from)
{
#pragma unroll
	for (int i = 0; i < SHORT_PATH / 8; i++)
		((__u64 *)to)[i] = ((__u64 *)from)[i];
}

/* Walks from a dentry to the root of its mount namespace and writes the path
 * from the end of the buffer to its start. Pseudo files (memfd, pipes) have a
 * name but no place: their path is the name alone. */
static __always_inline int walk(__u64 dentry, __u64 vfsmount, __u32 slot, __u32 arg, __u32 tag)
{
	struct scratch *s = scratch_of(slot);
	struct pathbuf *b = bpf_map_lookup_elem(&pathbufs, &slot);
	struct dentry *d = AS(struct dentry, dentry), *root;
	__u64 skip = bpf_core_field_offset(struct mount, mnt);
	struct mount *m = AS(struct mount, vfsmount - skip);
	__u64 off, pos, n;
	struct weir_tlv *t;
	bool done = false, pseudo = false;

	if (!s || !b || !dentry || !vfsmount)
		return -1;
	*(volatile __u64 *)&b->off = PATH_MASK + 1;
	root = CHASE(m, mnt.mnt_root);
	for (int i = 0; i < PATH_DEPTH; i++) {
		struct dentry *up = CHASE(d, d_parent);
		__u64 at, len;

		off = *(volatile __u64 *)&b->off;
		if (d == root) {
			struct mount *above = CHASE(m, mnt_parent);

			if (above == m) {
				done = true;
				break;
			}
			d = CHASE(m, mnt_mountpoint);
			m = above;
			root = CHASE(m, mnt.mnt_root);
			continue;
		}
		len = CHASE(d, d_name.len);
		*(volatile __u64 *)&b->name = (__u64)CHASE(d, d_name.name);
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
		b->buf[at] = '/';
		if (len && copy_name(slot, at, len)) {
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
	if (n <= SHORT_PATH)
		copy_short_path(&s->buf[pos + 8], &b->buf[off]);
	else if (bpf_probe_read_kernel(&s->buf[pos + 8], n, &b->buf[off]))
		return -1;
	put_head(t, tag, arg, n, 0);
	/* Of a path whose beginning is missing nothing can be said. */
	if (done && arg == s->path_arg && tag == TAG_STR)
		s->path_pos = pos + 8;
	tlv_end(s, pos, n);
	return 0;
}

__noinline int put_tagged_path(__u64 dentry, __u64 vfsmount, __u32 slot, __u32 arg, __u32 tag)
{
	return walk(dentry, vfsmount, slot, arg, tag);
}

/* The path of an open file. */
static __always_inline int put_file_path(__u64 file, __u32 slot, __u32 arg)
{
	if (!file)
		return -1;
	return put_tagged_path(number_at(file + bpf_core_field_offset(struct file, f_path.dentry)),
			       number_at(file + bpf_core_field_offset(struct file, f_path.mnt)), slot, arg, TAG_STR);
}

static __always_inline int put_path(__u64 dentry, __u64 vfsmount, __u32 slot, __u32 arg)
{
	return put_tagged_path(dentry, vfsmount, slot, arg, TAG_STR);
}

/* The open file behind a number of the current process, or 0. */
static __always_inline __u64 file_of(struct task_struct *t, __u32 fd)
{
	struct fdtable *table = GET(t, files, fdt);

	if (!table || fd >= GET(table, max_fds))
		return 0;
	return number_at((__u64)GET(table, fd) + fd * sizeof(struct file *));
}

static __always_inline __u64 change_time(struct inode *i)
{
	struct inode___ctime1 *first = (void *)i;
	struct inode___ctime2 *second = (void *)i;
	struct inode___ctime3 *third = (void *)i;

	/* From 6.13 on the highest bit tells that somebody has asked for the time. */
	if (bpf_core_field_exists(third->i_ctime_sec))
		return CHASE(third, i_ctime_sec) * 1000000000ULL + (CHASE(third, i_ctime_nsec) & 0x7fffffff);
	if (bpf_core_field_exists(second->__i_ctime))
		return CHASE(second, __i_ctime.tv_sec) * 1000000000ULL + CHASE(second, __i_ctime.tv_nsec);
	if (bpf_core_field_exists(first->i_ctime))
		return CHASE(first, i_ctime.tv_sec) * 1000000000ULL + CHASE(first, i_ctime.tv_nsec);
	return 0;
}

/* dev and inode as two arguments from arg on. */
static __always_inline void put_dev_inode(struct scratch *s, __u64 inode, __u8 arg)
{
	struct inode *i = AS(struct inode, inode);

	put_word(s, TAG_U32, arg, CHASE(i, i_sb, s_dev));
	put_u64(s, TAG_U64, arg + 1, CHASE(i, i_ino));
}

/* dev, inode and ctime as three arguments from arg on. */
static __always_inline void put_inode(struct scratch *s, __u64 inode, __u8 arg)
{
	put_dev_inode(s, inode, arg);
	put_u64(s, TAG_U64, arg + 2, change_time(AS(struct inode, inode)));
}

static __always_inline __u64 inode_of(__u64 file)
{
	struct file *f = AS(struct file, file);

	return (__u64)CHASE(f, f_inode);
}

static __always_inline __u32 mode_of(__u64 inode)
{
	struct inode *i = AS(struct inode, inode);

	return CHASE(i, i_mode);
}

#define OVERLAY_MAGIC 0x794c7630

/* Whether a file of an overlay was written there and is not of the image: its
 * inode is inside a larger one, where the upper file's dentry follows. */
static __always_inline bool in_upper_layer(__u64 inode)
{
	struct inode *i = AS(struct inode, inode);
	__u64 upper = 0;

	if (CHASE(i, i_sb, s_magic) != OVERLAY_MAGIC)
		return false;
	bpf_probe_read_kernel(&upper, sizeof(upper), (void *)(inode + bpf_core_type_size(struct inode)));
	return upper != 0;
}

/* memfds are pseudo files: they have a name and are in no directory. */
static __always_inline bool is_memfd(__u64 file)
{
	struct file *f = AS(struct file, file);
	struct dentry *d = CHASE(f, f_path.dentry);
	char name[8] = {};

	if (CHASE(d, d_parent) != d)
		return false;
	bpf_probe_read_kernel(name, 6, CHASE(d, d_name.name));
	return *(__u64 *)name == 0x3a64666d656dULL; /* "memfd:" */
}

#endif
