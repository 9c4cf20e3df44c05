/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Leaving out an opened file by the directory below the root that its path goes
 * through, before the path is put together: most files that are opened are in
 * another one than those that are wanted. It is the kernel's own path that is
 * asked, so that no link and no ".." can make it another.
 */
#ifndef WEIR_HEADS_H
#define WEIR_HEADS_H

#include "file.h"
#include "submit.h"

/* The first eight bytes of a file's path up to and including the slash behind its
 * first name; 0 where that is not certain: pseudo files have no path, and what is
 * no longer in a namespace's tree has no beginning. */
__noinline __u64 path_head(__u64 file)
{
	struct file *f = AS(struct file, file);
	__u64 skip = bpf_core_field_offset(struct mount, mnt), word = 0, len;
	struct dentry *d, *up, *root, *top = NULL;
	struct mount *m, *above;
	bool done = false;

	if (!file)
		return 0;
	d = CHASE(f, f_path.dentry);
	m = AS(struct mount, (__u64)CHASE(f, f_path.mnt) - skip);
	root = CHASE(m, mnt.mnt_root);
	for (int i = 0; i < PATH_DEPTH; i++) {
		if (d == root) {
			above = CHASE(m, mnt_parent);
			if (above == m) {
				done = true;
				break;
			}
			d = CHASE(m, mnt_mountpoint);
			m = above;
			root = CHASE(m, mnt.mnt_root);
			continue;
		}
		up = CHASE(d, d_parent);
		if (up == d)
			return 0;
		top = d;
		d = up;
	}
	if (!done || !top)
		return 0;
	len = CHASE(top, d_name.len);
	/* Of a shorter name, what is behind it is taken out. */
	word = number_at((__u64)CHASE(top, d_name.name)) & 0xffffffffffffffULL;
	if (!word)
		return 0;
	if (len < 7) {
		word &= (1ULL << (8 * len)) - 1;
		word |= (__u64)'/' << (8 * len);
	}
	return word << 8 | '/';
}

/* Whether a file's path may be one that the alternatives of a scope ask for. */
__noinline int head_wanted(__u64 file, __u32 type, __u64 mask)
{
	struct weir_scope *scope = scope_of(type, mask);
	__u64 head;

	if (!scope || !scope->heads[0] || mask & scope->path)
		return 1;
	head = path_head(file);
	if (!head)
		return 1;
#pragma unroll
	for (int i = 0; i < HEADS; i++)
		if (scope->heads[i] && (head & scope->head_bits[i]) == scope->heads[i])
			return 1;
	return 0;
}

/* Leaves an event out that is not in its scope, as far as that can be told before
 * its path is put together; false for one that goes on. */
static __always_inline bool left_out_early(struct scratch *s, __u64 file, __u32 type)
{
	struct weir_counts *c;

	if (s->mask == UNSCOPED || head_wanted(file, type, s->mask))
		return false;
	c = counts_of(type);
	if (c)
		c->filtered++;
	return true;
}

#endif
