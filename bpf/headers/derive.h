/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What an operation came to, told at the end of its syscall: events named
 * security_… and their like. Where the kernel lets programs in at its own hooks
 * (hooks.h), user space switches these off.
 *
 * Each derive_* function is verified on its own and finds the syscall in the
 * scratch.
 */
#ifndef WEIR_DERIVE_H
#define WEIR_DERIVE_H

#include "admit.h"
#include "args.h"
#include "heads.h"
#include "protect.h"

#define HDR sizeof(struct weir_hdr)
#define O_CLEARED (0100 | 0200 | 0400 | 01000) /* O_CREAT, O_EXCL, O_NOCTTY, O_TRUNC */
#define O_CREAT_ALL (0100 | 01000 | 1)
#define O_PATH 010000000
#define EINPROGRESS 115
#define F_DUPFD 0
#define F_DUPFD_CLOEXEC 1030
/* What the kernel reads a file for, in numbers of ours (reading). */
#define READ_MODULE 2
#define READ_KEXEC_IMAGE 3
/* How many bytes of a file's beginning magic_write shows. */
#define MAGIC 20

/* Keeps the text or address that put_args wrote first as argument arg of a
 * second record; everything after it goes. */
static __always_inline bool keep_first(struct scratch *s, __u8 tag, __u8 arg)
{
	struct weir_tlv *t = (struct weir_tlv *)&s->buf[HDR];
	__u32 len = t->len;

	if (s->pos <= HDR || t->tag != tag) {
		s->pos = HDR;
		return false;
	}
	t->arg = arg;
	s->pos = HDR + 8 + ((len + 7) & ~7U);
	return true;
}

/* How opens differ: where the flags are. */
enum open_variant { OPEN_CREAT = 0, OPEN_FLAGS1 = 1, OPEN_FLAGS2 = 2, OPEN_HOW2 = 3 };

/* The flags as they were asked for: the kernel's file forgets some. */
static __always_inline __u32 asked_flags(struct scratch *s)
{
	__u64 flags = 0;

	switch (s->variant) {
	case OPEN_CREAT:
		return O_CREAT_ALL;
	case OPEN_FLAGS1:
		return s->a[1];
	case OPEN_FLAGS2:
		return s->a[2];
	}
	bpf_probe_read_user(&flags, 8, (void *)s->a[2]);
	return flags;
}

/* The path and the facts of a file that was opened; false where it is out of
 * scope, which is found with as little as possible. */
static __always_inline bool put_opened(struct scratch *s, __u64 file, __u32 slot, __u32 asked)
{
	struct file *f = AS(struct file, file);

	s->path_arg = 0;
	s->path_pos = 0;
	if (left_out_early(s, file, TYPE_SECURITY_FILE_OPEN))
		return false;
	put_file_path(file, slot, 0);
	if (left_out(s, slot, TYPE_SECURITY_FILE_OPEN))
		return false;
	put_word(s, TAG_S32, 1, CHASE(f, f_flags) | (asked & O_CLEARED));
	put_inode(s, inode_of(file), 2);
	return true;
}

/* The name that the file was asked for by, where it has not been written. */
static __always_inline void put_named(struct scratch *s, __u32 slot)
{
	__u32 flags = s->flags, name = s->name_arg;

	if (name > 5)
		return;
	CLAMP(name, 7);
	put_user_str(s->a[name], slot, 5);
	/* That it cannot be read is no fault of the path. */
	s->flags = flags;
}

__noinline int derive_open(__u32 slot)
{
	struct scratch *s = scratch_of(slot);
	__u64 file;

	if (!s)
		return 0;
	file = file_of(this_task(), s->ret);
	if (file && CHASE(AS(struct file, file), f_flags) & O_PATH) {
		/* Named, not opened: the kernel never came to the hook. */
		retract(TYPE_SECURITY_FILE_OPEN);
		return 0;
	}
	if (keep_first(s, TAG_STR, 5))
		s->name_arg = NO_PATH;
	if (file) {
		if (!put_opened(s, file, slot, asked_flags(s)))
			return 0;
	} else {
		s->path_pos = 0;
		s->flags |= FLAG_FAULT; /* Closed by another thread meanwhile. */
	}
	put_named(s, slot);
	submit(slot, TYPE_SECURITY_FILE_OPEN);
	return 0;
}

/* The peer that the kernel's own socket has: what the process passed may have
 * been changed by another thread since. */
__noinline int derive_connect(__u32 slot)
{
	struct scratch *s = scratch_of(slot);
	__u64 socket;
	struct socket *sock;

	if (!s)
		return 0;
	socket = socket_of(file_of(this_task(), s->a[0]));
	if (!socket) {
		/* Not a socket: the kernel never came to the hook. */
		retract(TYPE_SECURITY_SOCKET_CONNECT);
		return 0;
	}
	keep_first(s, TAG_SOCKADDR, 2);
	if (!s->ret || s->ret == -EINPROGRESS) {
		__u32 asked = s->pos;

		s->pos = HDR;
		if (put_socket_end(sock_of(socket), slot, 2, true))
			s->pos = asked;
	}
	sock = AS(struct socket, socket);
	put_word(s, TAG_S32, 0, s->a[0]);
	put_word(s, TAG_S32, 1, CHASE(sock, type));
	submit(slot, TYPE_SECURITY_SOCKET_CONNECT);
	return 0;
}

/* rename (variant 0), renameat and renameat2 (1). The names are the process's,
 * completed by the directories that they begin at. */
__noinline int derive_rename(__u32 slot)
{
	struct task_struct *t = this_task();
	struct scratch *s = scratch_of(slot);
	__s32 from = AT_FDCWD, to = AT_FDCWD;
	__u64 old, new;

	if (!s)
		return 0;
	old = s->a[0];
	new = s->a[1];
	if (s->variant) {
		from = s->a[0];
		old = s->a[1];
		to = s->a[2];
		new = s->a[3];
	}
	s->pos = HDR;
	s->path_arg = NO_PATH;
	s->path_pos = 0;
	put_user_str(old, slot, 0);
	put_directory(t, from, slot, 0, TAG_DIR);
	put_user_str(new, slot, 1);
	put_directory(t, to, slot, 1, TAG_DIR);
	submit(slot, TYPE_SECURITY_INODE_RENAME);
	return 0;
}

__noinline int derive_mount(__u32 slot)
{
	struct scratch *s = scratch_of(slot);

	if (!s)
		return 0;
	s->pos = HDR;
	s->path_arg = 0;
	s->path_pos = 0;
	put_user_str(s->a[0], slot, 0);
	put_user_str(s->a[1], slot, 1);
	put_directory(this_task(), AT_FDCWD, slot, 1, TAG_DIR);
	put_user_str(s->a[2], slot, 2);
	put_u64(s, TAG_U64, 3, s->a[3]);
	submit(slot, TYPE_SECURITY_SB_MOUNT);
	return 0;
}

/* The number that an event has for what the kernel reads a file for: the same on
 * every kernel. A compressed module is a module. */
static __always_inline __s32 reading(__s32 id)
{
#define READS_AS(name, number)                                                    \
	if (bpf_core_enum_value_exists(enum kernel_read_file_id, name) &&         \
	    id == (__s32)bpf_core_enum_value(enum kernel_read_file_id, name))     \
		return number
	READS_AS(READING_FIRMWARE, 1);
	READS_AS(READING_MODULE, READ_MODULE);
	READS_AS(READING_MODULE_COMPRESSED, READ_MODULE);
	READS_AS(READING_KEXEC_IMAGE, READ_KEXEC_IMAGE);
	READS_AS(READING_KEXEC_INITRAMFS, 4);
	READS_AS(READING_POLICY, 5);
	READS_AS(READING_X509_CERTIFICATE, 6);
#undef READS_AS
	return id;
}

/* finit_module (variant 0) and kexec_file_load (1): the file is the first
 * argument. Also of a load that was refused: its result says so. */
__noinline int derive_read_file(__u32 slot)
{
	struct scratch *s = scratch_of(slot);
	__u64 file;

	if (!s)
		return 0;
	file = file_of(this_task(), s->a[0]);
	if (!file) {
		retract(TYPE_SECURITY_KERNEL_READ_FILE);
		return 0;
	}
	s->pos = HDR;
	s->path_arg = 0;
	s->path_pos = 0;
	put_file_path(file, slot, 0);
	put_dev_inode(s, inode_of(file), 1);
	put_word(s, TAG_S32, 3, s->variant ? READ_KEXEC_IMAGE : READ_MODULE);
	put_u64(s, TAG_U64, 4, change_time(AS(struct inode, inode_of(file))));
	submit(slot, TYPE_SECURITY_KERNEL_READ_FILE);
	return 0;
}

/* How writes differ: a buffer or an array of them; at the file's position or
 * at one that is given. */
enum write_variant { WRITE_BUFFER = 0, WRITE_VECTOR = 1, WRITE_AT = 2 };

/* Whether a write began at the beginning of a regular file: of most that is told
 * before anything else is done. */
static __always_inline bool begins_file(struct weir_row *row, __s64 ret, __u64 *a)
{
	__u64 address = file_of(this_task(), a[0]);
	struct file *f = AS(struct file, address);

	if (!address)
		return false;
	if (row->variant & WRITE_AT ? a[3] != 0 : CHASE(f, f_pos) != ret)
		return false;
	return (mode_of(inode_of(address)) & S_IFMT) == S_IFREG;
}

/* How many buffers of an array are looked at for one that is not empty. */
#define VECTOR_MAX 8

/* The first buffer of an array that is not empty. */
static __always_inline void first_of_vector(struct scratch *s, __u64 *addr, __u64 *len)
{
	__u64 count = s->a[2];

	*len = 0;
	/* Unrolled: before 6.2 the verifier refuses how the loop would be laid out. */
#pragma unroll
	for (int i = 0; i < VECTOR_MAX; i++) {
		__u32 narrow[2] = {};
		__u64 wide[2] = {};

		if (i >= count)
			return;
		if (s->compat) {
			bpf_probe_read_user(narrow, sizeof(narrow), (void *)(s->a[1] + i * sizeof(narrow)));
			wide[0] = narrow[0];
			wide[1] = narrow[1];
		} else {
			bpf_probe_read_user(wide, sizeof(wide), (void *)(s->a[1] + i * sizeof(wide)));
		}
		*addr = wide[0];
		*len = wide[1];
		if (*len)
			return;
	}
}

__noinline int derive_write(__u32 slot)
{
	struct scratch *s = scratch_of(slot);
	__u64 file, addr, len;

	if (!s)
		return 0;
	file = file_of(this_task(), s->a[0]);
	if (!file) {
		/* Closed by another thread meanwhile. */
		retract(TYPE_MAGIC_WRITE);
		return 0;
	}
	addr = s->a[1];
	len = s->ret;
	if (s->variant & WRITE_VECTOR) {
		first_of_vector(s, &addr, &len);
		/* No more than what was written. */
		if (len > s->ret)
			len = s->ret;
	}
	s->pos = HDR;
	s->path_arg = 0;
	s->path_pos = 0;
	put_file_path(file, slot, 0);
	put_user_bytes(addr, len > MAGIC ? MAGIC : len, slot, 1);
	put_dev_inode(s, inode_of(file), 2);
	submit(slot, TYPE_MAGIC_WRITE);
	return 0;
}

/* dup and its like (variant 0) and fcntl (1), where they copy a socket. */
__noinline int derive_dup(__u32 slot)
{
	struct scratch *s = scratch_of(slot);
	__u64 socket = 0;

	if (!s)
		return 0;
	if (!s->variant || s->a[1] == F_DUPFD || s->a[1] == F_DUPFD_CLOEXEC)
		socket = socket_of(file_of(this_task(), s->ret));
	if (!socket) {
		retract(TYPE_SOCKET_DUP);
		return 0;
	}
	s->pos = HDR;
	put_word(s, TAG_S32, 0, s->a[0]);
	put_word(s, TAG_S32, 1, s->ret);
	put_socket_end(sock_of(socket), slot, 2, true);
	submit(slot, TYPE_SOCKET_DUP);
	return 0;
}

/* Whether a syscall that ended so can be what its action looks for. */
static __always_inline bool may_derive(struct weir_row *row, __s64 ret, __u64 *a)
{
	switch (row->action) {
	case ACT_CONNECT:
	case ACT_READ_FILE:
		return true;
	case ACT_WRITE:
		return ret > 0 && begins_file(row, ret, a);
	case ACT_PROTECT:
		return ret != -1 && (a[2] & PROT_EXEC);
	default:
		return ret >= 0;
	}
}

static __always_inline void derive(struct weir_row *row)
{
	switch (row->action) {
	case ACT_OPEN:
		derive_open(SLOT_SYSCALL);
		break;
	case ACT_CONNECT:
		derive_connect(SLOT_SYSCALL);
		break;
	case ACT_RENAME:
		derive_rename(SLOT_SYSCALL);
		break;
	case ACT_MOUNT:
		derive_mount(SLOT_SYSCALL);
		break;
	case ACT_READ_FILE:
		derive_read_file(SLOT_SYSCALL);
		break;
	case ACT_PROTECT:
		derive_protect(SLOT_SYSCALL);
		break;
	case ACT_WRITE:
		derive_write(SLOT_SYSCALL);
		break;
	case ACT_DUP:
		derive_dup(SLOT_SYSCALL);
		break;
	}
}

#endif
