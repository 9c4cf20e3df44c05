/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Operations that come through an io_uring, where no syscall shows them. */
#ifndef WEIR_URING_H
#define WEIR_URING_H

#include "derive.h"
#include "process.h"
#include "undisturbed.h"

/* The first fields of struct io_cmd_data: every operation's file. */
struct io_cmd_data {
	struct file *file;
} __attribute__((preserve_access_index));

struct io_kiocb___file {
	struct file *file;
	__u64 user_data;
	__u8 opcode;
	__u64 flags;
	struct {
		__u64 user_data;
		__u32 fd;
	} cqe;
} __attribute__((preserve_access_index));

static __always_inline int submitted(struct io_kiocb___file *req)
{
	struct task_struct *t = this_task();
	struct scratch *s;
	__u64 mask;

	if (!derived_on(TYPE_IO_URING_SUBMIT) || is_self(GET(t, tgid)))
		return 0;
	mask = admit(TYPE_IO_URING_SUBMIT);
	if (!mask)
		return 0;
	s = begin(SLOT_HOOK, TYPE_IO_URING_SUBMIT, HOOK_TP, 0, -1);
	if (!s)
		return 0;
	s->mask = mask;
	put_word(s, TAG_U32, 0, BPF_CORE_READ(req, opcode));
	put_word(s, TAG_U32, 2, BPF_CORE_READ(req, flags));
	if (bpf_core_field_exists(req->cqe.user_data))
		put_u64(s, TAG_U64, 3, BPF_CORE_READ(req, cqe.user_data));
	else if (bpf_core_field_exists(req->user_data))
		put_u64(s, TAG_U64, 3, BPF_CORE_READ(req, user_data));
	if (bpf_core_field_exists(req->cqe.fd))
		put_word(s, TAG_S32, 4, BPF_CORE_READ(req, cqe.fd));
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

#endif
