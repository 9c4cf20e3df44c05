/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Operations that come through an io_uring, where no syscall shows them: each as
 * it is handed over, and what some of them came to as it is completed.
 *
 * They run in the thread that handed them over or in a worker that shares its
 * files and memory, so that a file's number means the same in both.
 */
#ifndef WEIR_URING_H
#define WEIR_URING_H

#include "derive.h"
#include "process.h"
#include "undisturbed.h"

/* enum io_uring_op: numbers that never change. */
#define RING_CONNECT 16
#define RING_OPENAT 18
#define RING_OPENAT2 28
#define RING_RENAMEAT 35
#define RING_UNLINKAT 36
#define RING_MKDIRAT 37

/* The operations that take no file, as bits; for them the request's fd is left
 * over from another. */
#define BIT(n) (1ULL << (n))
#define RING_NO_FILE                                                                                          \
	(BIT(0) | BIT(7) | BIT(11) | BIT(12) | BIT(14) | BIT(15) | BIT(RING_OPENAT) | BIT(19) | BIT(20) |     \
	 BIT(21) | BIT(25) | BIT(RING_OPENAT2) | BIT(29) | BIT(31) | BIT(32) | BIT(RING_RENAMEAT) |           \
	 BIT(RING_UNLINKAT) | BIT(RING_MKDIRAT) | BIT(38) | BIT(39) | BIT(42) | BIT(44) | BIT(45) | BIT(50) | \
	 BIT(51) | BIT(52) | BIT(53) | BIT(62))
/* The flags that the process gave; the others are the kernel's own. */
#define RING_FLAGS 0xff

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct io_kiocb___file {
	struct file *file;
	__u8 opcode;
	__u64 flags;
	struct {
		__u64 user_data;
		__s32 res;
		__s32 fd;
	} cqe;
};

/* What a request begins with depends on its operation. */
struct ring_how {
	__u64 flags;
};

struct io_open {
	int dfd;
	__u32 file_slot;
	struct filename *filename;
	struct ring_how how;
};

struct io_connect {
	struct sockaddr *addr;
	int addr_len;
};

struct io_rename {
	int old_dfd;
	struct filename *oldpath;
};

struct io_unlink {
	int dfd;
	struct filename *filename;
};

struct io_mkdir {
	int dfd;
	struct filename *filename;
};

/* Since Linux 7.0 the names of requests are of a type of their own. */
struct delayed_filename {
	struct filename *__incomplete_filename;
};

struct io_open___delayed {
	struct delayed_filename filename;
};

struct io_rename___delayed {
	struct delayed_filename oldpath;
};

struct io_unlink___delayed {
	struct delayed_filename filename;
};

struct io_mkdir___delayed {
	struct delayed_filename filename;
};

#pragma clang attribute pop

/* The name that a request has in a field. */
#define RING_NAME(type, req, field)                                                      \
	(bpf_core_field_exists(((struct type *)(req))->field)                            \
		 ? BPF_CORE_READ((struct type *)(req), field)                            \
		 : BPF_CORE_READ((struct type##___delayed *)(req), field.__incomplete_filename))

/* The directory that a name begins at, and the name, which the kernel has
 * copied. */
static __always_inline void put_ring_name(struct scratch *s, __u64 req, __u8 opcode)
{
	struct io_open *open = (void *)req;
	struct io_rename *rename = (void *)req;
	struct io_unlink *unlink = (void *)req;
	struct io_mkdir *mkdir = (void *)req;
	struct filename *name = NULL;
	int dfd = 0;

	if ((opcode == RING_OPENAT || opcode == RING_OPENAT2) && bpf_core_type_exists(struct io_open)) {
		name = RING_NAME(io_open, req, filename);
		dfd = BPF_CORE_READ(open, dfd);
	} else if (opcode == RING_RENAMEAT && bpf_core_type_exists(struct io_rename)) {
		name = RING_NAME(io_rename, req, oldpath);
		dfd = BPF_CORE_READ(rename, old_dfd);
	} else if (opcode == RING_UNLINKAT && bpf_core_type_exists(struct io_unlink)) {
		name = RING_NAME(io_unlink, req, filename);
		dfd = BPF_CORE_READ(unlink, dfd);
	} else if (opcode == RING_MKDIRAT && bpf_core_type_exists(struct io_mkdir)) {
		name = RING_NAME(io_mkdir, req, filename);
		dfd = BPF_CORE_READ(mkdir, dfd);
	}
	if (!name)
		return;
	put_word(s, TAG_S32, 4, dfd);
	put_kernel_str((__u64)BPF_CORE_READ(name, name), SLOT_HOOK, 5);
}

static __always_inline int submitted(struct io_kiocb___file *req)
{
	struct task_struct *t = this_task();
	struct scratch *s;
	__u64 mask;
	__u8 opcode;

	if (!derived_on(TYPE_IO_URING_SUBMIT) || is_self(GET(t, tgid)))
		return 0;
	mask = admit(TYPE_IO_URING_SUBMIT);
	if (!mask)
		return 0;
	s = begin(SLOT_HOOK, TYPE_IO_URING_SUBMIT, HOOK_TP, 0, -1);
	if (!s)
		return 0;
	s->mask = mask;
	s->path_arg = 5;
	opcode = BPF_CORE_READ(req, opcode);
	put_word(s, TAG_U32, 0, opcode);
	put_word(s, TAG_U32, 2, BPF_CORE_READ(req, flags) & RING_FLAGS);
	if (bpf_core_field_exists(req->cqe.user_data))
		put_u64(s, TAG_U64, 3, BPF_CORE_READ(req, cqe.user_data));
	if (bpf_core_field_exists(req->cqe.fd) && opcode < 64 && !(RING_NO_FILE >> opcode & 1))
		put_word(s, TAG_S32, 4, BPF_CORE_READ(req, cqe.fd));
	put_ring_name(s, (__u64)req, opcode);
	submit(SLOT_HOOK, TYPE_IO_URING_SUBMIT);
	end(s);
	return 0;
}

/* From 6.4 on. */
SEC("tp_btf/io_uring_submit_req")
int TRACEPOINT_PROG(weir_uring_submit_req, struct io_kiocb___file *req)
{
	return submitted(req);
}

/* 6.0 to 6.3. Before, the tracepoint does not hand over the request. */
SEC("tp_btf/io_uring_submit_sqe")
int TRACEPOINT_PROG(weir_uring_submit_sqe, struct io_kiocb___file *req)
{
	return submitted(req);
}

/* Begins the event that a completed operation is; NULL where nobody wants it. */
static __always_inline struct scratch *begin_completed(__u16 type, __s32 result)
{
	struct scratch *s;
	__u64 mask;

	if (!made_by(type, BY_TRACEPOINT) || is_self(GET(this_task(), tgid)))
		return NULL;
	mask = admit(type);
	if (!mask)
		return NULL;
	s = begin(SLOT_HOOK, type, HOOK_TP, result, -1);
	if (s)
		s->mask = mask;
	return s;
}

static __always_inline int ring_opened(__u64 req, __s32 result)
{
	struct io_open *open = (void *)req;
	struct scratch *s;
	__u64 file = 0;

	/* A slot of the ring's own table is no number of the process. */
	if (!BPF_CORE_READ(open, file_slot))
		file = file_of(this_task(), result);
	if (file && CHASE(AS(struct file, file), f_flags) & O_PATH)
		return 0;
	s = begin_completed(TYPE_SECURITY_FILE_OPEN, result);
	if (!s)
		return 0;
	if (!file)
		s->flags |= FLAG_FAULT;
	if (!file || put_opened(s, file, SLOT_HOOK, BPF_CORE_READ(open, how.flags)))
		submit(SLOT_HOOK, TYPE_SECURITY_FILE_OPEN);
	end(s);
	return 0;
}

static __always_inline int ring_connected(__u64 req, __u64 file, __s32 result)
{
	struct io_connect *connect = (void *)req;
	__u64 socket = socket_of(file);
	struct scratch *s;
	struct socket *sock;

	if (!socket)
		return 0;
	s = begin_completed(TYPE_SECURITY_SOCKET_CONNECT, result);
	if (!s)
		return 0;
	sock = AS(struct socket, socket);
	put_word(s, TAG_S32, 1, CHASE(sock, type));
	if (result || put_socket_end(sock_of(socket), SLOT_HOOK, 2, true))
		put_user_sockaddr((__u64)BPF_CORE_READ(connect, addr), BPF_CORE_READ(connect, addr_len), SLOT_HOOK, 2);
	submit(SLOT_HOOK, TYPE_SECURITY_SOCKET_CONNECT);
	end(s);
	return 0;
}

/* Where programs may not sit at the kernel's own hooks, this is the only place
 * that tells what a ring has opened. */
SEC("tp_btf/io_uring_complete")
int BPF_PROG(weir_uring_complete, void *ctx_of_ring, void *request)
{
	struct io_kiocb___file *req = request;
	__s32 result;
	__u8 opcode;

	/* Before 5.19 the request is not handed over. */
	if (!bpf_core_field_exists(req->cqe.res) || !bpf_core_type_exists(struct io_open) || !req)
		return 0;
	opcode = BPF_CORE_READ(req, opcode);
	result = BPF_CORE_READ(req, cqe.res);
	if ((opcode == RING_OPENAT || opcode == RING_OPENAT2) && result >= 0)
		return ring_opened((__u64)req, result);
	if (opcode == RING_CONNECT)
		return ring_connected((__u64)req, (__u64)BPF_CORE_READ(req, file), result);
	return 0;
}

#endif
