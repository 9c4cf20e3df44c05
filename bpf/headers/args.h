/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* A syscall's arguments, as its row describes them. */
#ifndef WEIR_ARGS_H
#define WEIR_ARGS_H

#include "sockets.h"
#include "thread.h"

/* How much of a buffer is taken along. */
#define BUF_MASK 0x7f
#define AT_FDCWD -100

/* The first bytes of a buffer of the process. */
__noinline int put_user_bytes(__u64 addr, __u64 len, __u32 slot, __u32 arg)
{
	struct scratch *s = scratch_of(slot);
	struct weir_tlv *t;
	__u64 pos, size = len;

	if (!s || !addr || !len)
		return -1;
	t = tlv_at(s, &pos);
	if (!t)
		return -1;
	if (size > BUF_MASK + 1)
		size = BUF_MASK + 1;
	size--;
	CLAMP(size, BUF_MASK);
	if (bpf_probe_read_user(&s->buf[pos + 8], size + 1, (void *)addr)) {
		s->flags |= FLAG_FAULT;
		return -1;
	}
	put_head(t, TAG_BYTES, arg, size + 1, len);
	tlv_end(s, pos, size + 1);
	return 0;
}

/* A socket address whose length the kernel wrote to memory. */
static __always_inline void put_result_sockaddr(__u64 addr, __u64 at, __u32 slot, __u32 arg)
{
	__u32 len = 0;

	if (!addr || !at || bpf_probe_read_user(&len, sizeof(len), (void *)at))
		return;
	if (len > 128)
		len = 128;
	put_user_sockaddr(addr, len, slot, arg);
}

static __always_inline void put_open_how(struct scratch *s, __u64 addr)
{
	struct {
		__u64 flags, mode, resolve;
	} how = {};

	if (bpf_probe_read_user(&how, sizeof(how), (void *)addr)) {
		s->flags |= FLAG_FAULT;
		return;
	}
	put_u64(s, TAG_U64, 4, how.flags);
	put_u64(s, TAG_U64, 5, how.mode);
	put_u64(s, TAG_U64, 6, how.resolve);
}

static __always_inline void put_clone_args(struct scratch *s, __u64 addr)
{
	__u64 flags = 0;

	if (bpf_probe_read_user(&flags, sizeof(flags), (void *)addr)) {
		s->flags |= FLAG_FAULT;
		return;
	}
	put_u64(s, TAG_U64, 2, flags);
}

/* One argument that is in the process's memory. */
__noinline int put_memory(__u32 slot, __u32 kind, __u32 i)
{
	struct scratch *s = scratch_of(slot);
	__u64 value, next = 0;

	if (!s || i > 5)
		return -1;
	CLAMP(i, 7);
	value = s->a[i];
	next = s->a[i + 1]; /* Behind the last one is the result. */
	switch (kind) {
	case ARG_STR:
		put_user_str(value, slot, i);
		break;
	case ARG_STRV:
		put_user_list(value, slot, i, !s->compat);
		break;
	case ARG_SOCKADDR:
		put_user_sockaddr(value, next, slot, i);
		break;
	case ARG_SOCKADDR_RESULT:
		if (s->ret >= 0)
			put_result_sockaddr(value, next, slot, i);
		break;
	case ARG_BUF:
		put_user_bytes(value, next, slot, i);
		break;
	case ARG_BUF_RESULT:
		if (s->ret > 0)
			put_user_bytes(value, s->ret, slot, i);
		break;
	case ARG_OPEN_HOW:
		put_open_how(s, value);
		break;
	case ARG_CLONE_ARGS:
		put_clone_args(s, value);
		break;
	}
	return 0;
}

/* The address in a struct msghdr: its first two fields. */
static __always_inline void put_message_name(struct scratch *s, __u64 addr, __u32 slot, __u32 arg)
{
	__u32 narrow[2] = {};
	struct {
		__u64 name;
		__u32 len;
	} head = {};

	if (s->compat) {
		if (bpf_probe_read_user(narrow, sizeof(narrow), (void *)addr))
			return;
		head.name = narrow[0];
		head.len = narrow[1];
	} else if (bpf_probe_read_user(&head, 12, (void *)addr)) {
		return;
	}
	if (head.name && head.len <= 128)
		put_user_sockaddr(head.name, head.len, slot, arg);
}

/* The path of a directory that relative names begin at. */
static __always_inline int put_directory(struct task_struct *t, __s32 fd, __u32 slot, __u32 arg, __u32 tag)
{
	struct file *f;
	__u64 file;

	if (fd == AT_FDCWD)
		return put_tagged_path((__u64)BPF_CORE_READ(t, fs, pwd.dentry),
				       (__u64)BPF_CORE_READ(t, fs, pwd.mnt), slot, arg, tag);
	file = file_of(t, fd);
	if (!file)
		return -1;
	f = (struct file *)file;
	return put_tagged_path((__u64)BPF_CORE_READ(f, f_path.dentry), (__u64)BPF_CORE_READ(f, f_path.mnt), slot, arg,
			       tag);
}

/* One argument that the kernel's own objects tell. */
__noinline int put_extra(__u32 slot, __u32 kind, __u32 reg, __u32 arg)
{
	struct task_struct *t = this_task();
	struct scratch *s = scratch_of(slot);
	__s64 value = AT_FDCWD;
	__u64 file;

	if (!s)
		return -1;
	if (reg == REG_RESULT)
		value = s->ret;
	else if (reg < 6) {
		CLAMP(reg, 7);
		value = (__s32)s->a[reg];
	}
	switch (kind) {
	case EXTRA_DIR:
		return put_directory(t, value, slot, arg, TAG_STR);
	case EXTRA_MESSAGE:
		CLAMP(reg, 7);
		put_message_name(s, s->a[reg], slot, arg);
		return 0;
	}
	if (value < 0)
		return -1;
	file = file_of(t, value);
	if (!file)
		return -1;
	if (kind == EXTRA_FILE)
		return put_file_path(file, slot, arg);
	file = socket_of(file);
	if (!file)
		return -1;
	return put_socket_end(sock_of(file), slot, arg, kind == EXTRA_REMOTE);
}

/* Writes the arguments that live in memory, then the registers as they are,
 * then what the kernel's objects add. */
static __always_inline void put_args(struct scratch *s, struct weir_row *row)
{
	struct weir_tlv *t;
	__u64 pos, n = row->nargs;

	if (row->memory) {
		for (int i = 0; i < 6; i++)
			if (row->args[i])
				put_memory(SLOT_SYSCALL, row->args[i], i);
	}
	t = tlv_at(s, &pos);
	if (!t || n > 6)
		return;
	put_head(t, TAG_ARGS, 0, n * 8, 0);
	__builtin_memcpy(&s->buf[pos + 8], s->a, 48);
	s->pos = pos + 8 + n * 8;
	if (row->extra[0].kind)
		put_extra(SLOT_SYSCALL, row->extra[0].kind, row->extra[0].reg, row->extra[0].arg);
	if (row->extra[1].kind)
		put_extra(SLOT_SYSCALL, row->extra[1].kind, row->extra[1].reg, row->extra[1].arg);
}

/* An id of 16 bits as the kernel takes it: the highest means none. */
static __always_inline __u64 wide_id(__u64 id)
{
	return (id & 0xffff) == 0xffff ? 0xffffffffULL : id & 0xffff;
}

/* Mends the arguments of syscalls that differ from x86-64's. */
static __always_inline void fix_args(struct weir_row *row, __u64 *a)
{
	__u32 block[6] = {};
	__u64 swap;

	switch (row->fix) {
	case FIX_BLOCK:
		if (bpf_probe_read_user(block, sizeof(block), (void *)a[row->fix_arg & 1]))
			return;
		for (int i = 0; i < 6; i++)
			a[i] = block[i];
		break;
	case FIX_SPLIT:
		/* No index into registers: the verifier knows those of the stack only. */
		if (row->fix_reg == 1)
			swap = a[1] | a[2] << 32;
		else if (row->fix_reg == 2)
			swap = a[2] | a[3] << 32;
		else if (row->fix_reg == 3)
			swap = a[3] | a[4] << 32;
		else
			swap = a[4] | a[5] << 32;
		if (row->fix_arg == 1)
			a[1] = swap;
		else
			a[3] = swap;
		break;
	case FIX_PAGES:
		a[5] <<= 12;
		break;
	case FIX_IDS16:
		/* Behind a name or a file comes an owner and a group. */
		if (!row->fix_arg)
			a[0] = wide_id(a[0]);
		if (row->fix_reg > 1)
			a[1] = wide_id(a[1]);
		if (row->fix_reg > 2)
			a[2] = wide_id(a[2]);
		break;
	case FIX_SWAP:
		swap = a[3];
		a[3] = a[4];
		a[4] = swap;
		break;
	}
}

#endif
