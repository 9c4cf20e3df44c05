/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Syscalls, driven by the table of rows: one program at the end of every
 * syscall. Arguments are still in the registers there, the result is known and
 * the pages with texts have been touched by the kernel itself.
 */
#ifndef WEIR_SYSCALL_H
#define WEIR_SYSCALL_H

#include "arch.h"
#include "file.h"
#include "process.h"
#include "thread.h"
#include <bpf/bpf_tracing.h>

#define HDR sizeof(struct weir_hdr)
#define O_CLEARED (0100 | 0200 | 0400 | 01000) /* O_CREAT, O_EXCL, O_NOCTTY, O_TRUNC */
#define O_CREAT_ALL (0100 | 01000 | 1)
#define S_IFSOCK 0140000
#define AF_INET 2
#define AF_INET6 10
#define EINPROGRESS 115
#define SYS_CONNECT 3

struct open_how {
	__u64 flags, mode, resolve;
};

/* Writes the arguments that live in memory, then the registers as they are. */
static __always_inline void put_args(struct scratch *s, struct weir_row *row, __u64 *a, bool compat)
{
	struct weir_tlv *t;
	__u64 pos, n = row->nargs;

	for (int i = 0; i < 6; i++) {
		switch (row->args[i]) {
		case ARG_STR:
			put_user_str(a[i], SLOT_SYSCALL, i);
			break;
		case ARG_STRV:
			put_user_list(a[i], SLOT_SYSCALL, i, !compat);
			break;
		case ARG_SOCKADDR:
			/* Its length is always the next argument. */
			if (i < 5)
				put_user_sockaddr(a[i], a[i + 1], SLOT_SYSCALL, i);
			break;
		case ARG_OPEN_HOW: {
			struct open_how how = {};

			if (bpf_probe_read_user(&how, sizeof(how), (void *)a[i])) {
				s->flags |= FLAG_FAULT;
				break;
			}
			put_u64(s, TAG_U64, 4, how.flags);
			put_u64(s, TAG_U64, 5, how.mode);
			put_u64(s, TAG_U64, 6, how.resolve);
			break;
		}
		}
	}
	t = tlv_at(s, &pos);
	if (!t || n > 6)
		return;
	*t = (struct weir_tlv){.tag = TAG_ARGS, .len = n * 8};
	__builtin_memcpy(&s->buf[pos + 8], a, 48);
	s->pos = pos + 8 + n * 8;
}

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

/* The flags as they were asked for: the kernel's file forgets some. */
static __always_inline __u32 asked_flags(struct weir_row *row, __u64 *a)
{
	__u64 flags = 0;

	switch (row->open_flags_arg) {
	case 0:
		return O_CREAT_ALL;
	case 1:
		return a[1];
	case 2:
		if (row->args[2] != ARG_OPEN_HOW)
			return a[2];
		bpf_probe_read_user(&flags, 8, (void *)a[2]);
		return flags;
	}
	return 0;
}

static __always_inline void submit_open(struct scratch *s, struct task_struct *t, struct weir_row *row,
					__u64 *a, __s64 fd)
{
	struct file *f = file_of(t, fd);
	struct inode *i;

	keep_first(s, TAG_STR, 5);
	if (!f) {
		/* Closed by another thread meanwhile. */
		s->flags |= FLAG_FAULT;
		submit(s, &ring_bulk, row->derived, false);
		return;
	}
	i = BPF_CORE_READ(f, f_inode);
	put_file_path(f, SLOT_SYSCALL, 0);
	put_word(s, TAG_S32, 1, BPF_CORE_READ(f, f_flags) | (asked_flags(row, a) & O_CLEARED));
	put_inode(s, i, 2);
	submit(s, &ring_bulk, row->derived, false);
}

/* The peer that the kernel's own socket has: what the process passed may have
 * been changed by another thread since. */
static __always_inline bool put_peer(struct scratch *s, struct sock *sk)
{
	__u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
	__u16 port = BPF_CORE_READ(sk, __sk_common.skc_dport);
	__u32 zero = 0;
	__u64 pos;
	struct weir_tlv *t;

	if (!port || (family != AF_INET && family != AF_INET6))
		return false;
	s->pos = HDR;
	t = tlv_at(s, &pos);
	if (!t)
		return false;
	*(__u64 *)&s->buf[pos + 8] = family | (__u64)port << 16;
	if (family == AF_INET) {
		__u32 addr = BPF_CORE_READ(sk, __sk_common.skc_daddr);
		*(__u32 *)&s->buf[pos + 12] = addr;
		*(__u64 *)&s->buf[pos + 16] = 0;
		*t = (struct weir_tlv){.tag = TAG_SOCKADDR, .arg = 2, .len = 16};
		s->pos = pos + 24;
		return true;
	}
	BPF_CORE_READ_INTO((struct in6_addr *)&s->buf[pos + 16], sk, __sk_common.skc_v6_daddr);
	*(__u64 *)&s->buf[pos + 32] = zero;
	*t = (struct weir_tlv){.tag = TAG_SOCKADDR, .arg = 2, .len = 28};
	s->pos = pos + 40;
	return true;
}

static __always_inline void submit_connect(struct scratch *s, struct task_struct *t, struct weir_row *row,
					   __u64 *a, __s64 ret)
{
	struct file *f = file_of(t, a[0]);
	struct socket *sock;

	if (!f || (BPF_CORE_READ(f, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return; /* Not a socket: the kernel never came to the hook. */
	sock = BPF_CORE_READ(f, private_data);
	if ((ret && ret != -EINPROGRESS) || !put_peer(s, BPF_CORE_READ(sock, sk)))
		keep_first(s, TAG_SOCKADDR, 2);
	put_word(s, TAG_S32, 0, a[0]);
	put_word(s, TAG_S32, 1, BPF_CORE_READ(sock, type));
	submit(s, &ring_bulk, row->derived, false);
}

/* A 32-bit connect through socketcall is not decoded, but counted. */
static __always_inline int skip_socketcall(struct weir_row *row, __u64 *a)
{
	struct weir_counts *c = counts_of(row->raw);

	if (c && a[0] == SYS_CONNECT)
		c->compat_skipped++;
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(weir_sys_exit, struct pt_regs *regs, long ret)
{
	struct task_struct *t = bpf_get_current_task_btf();
	bool compat = is_compat(t);
	struct weir_row *row = row_of(syscall_nr(regs), compat);
	struct scratch *s;
	__u64 a[6];

	if (!row || !row->on)
		return 0;
	if (is_self(t->tgid))
		return 0;
	syscall_args(regs, compat, a);
	if (row->on & ON_SKIP)
		return skip_socketcall(row, a);
	/* A successful exec has emptied its registers: weir_exec has it. */
	if (row->action == ACT_EXEC && ret >= 0)
		return 0;
	s = begin(SLOT_SYSCALL, row->on & ON_RAW ? row->raw : row->derived, HOOK_SYS_EXIT, ret, row->sysno);
	if (!s)
		return 0;
	s->flags = compat ? FLAG_COMPAT : 0;
	put_args(s, row, a, compat);
	if (row->on & ON_RAW)
		submit(s, &ring_bulk, row->raw, false);
	if (row->on & ON_DERIVED) {
		if (row->action == ACT_OPEN && ret >= 0)
			submit_open(s, t, row, a, ret);
		if (row->action == ACT_CONNECT)
			submit_connect(s, t, row, a, ret);
	}
	end(s);
	return 0;
}

#endif
