/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Syscalls, driven by the table of rows: one program at the end of every
 * syscall. Arguments are still in the registers there, the result is known and
 * the pages with texts have been touched by the kernel itself.
 */
#ifndef WEIR_SYSCALL_H
#define WEIR_SYSCALL_H

#include "derive.h"
#include "process.h"
#include "undisturbed.h"

/* Counts a syscall that is recognised and not decoded. */
static __always_inline int skip(struct weir_row *row)
{
	struct weir_counts *c = counts_of(row->raw);

	if (c)
		c->compat_skipped++;
	return 0;
}

/* The end of a syscall that somebody may want. It stands apart so that it costs
 * the others nothing. */
static __noinline int TRACEPOINT_PROG(exit_of_interest, struct pt_regs *regs, long ret)
{
	struct task_struct *t = this_task();
	bool compat = is_compat(t);
	struct weir_row *row = row_of(syscall_nr(regs), compat);
	__u64 a[6], raw = 0, derived = 0;
	struct scratch *s;

	if (!row || !row->on)
		return 0;
	if (is_self(GET(t, tgid)))
		return 0;
	if (compat)
		ret = (__s32)ret;
	syscall_args(regs, compat, a);
	if (row->on & ON_ROUTE) {
		row = routed(row, a);
		if (!row || !row->on)
			return 0;
	}
	if (row->on & ON_SKIP)
		return skip(row);
	/* A successful exec has emptied its registers: weir_exec has it. */
	if (row->action == ACT_EXEC && ret >= 0)
		return 0;
	if (row->fix)
		fix_args(row, a);
	if (row->on & ON_RAW)
		raw = admit(row->raw);
	if (row->on & ON_DERIVED && may_derive(row, ret, a))
		derived = admit(row->derived);
	if (!raw && !derived)
		return 0;
	s = begin(SLOT_SYSCALL, raw ? row->raw : row->derived, HOOK_SYS_EXIT, ret, row->sysno);
	if (!s) {
		if (raw && derived)
			count_nested(row->derived);
		return 0;
	}
	s->flags = compat ? FLAG_COMPAT : 0;
	s->compat = compat;
	s->variant = row->variant;
	__builtin_memcpy(s->a, a, sizeof(s->a));
	if (raw || row->action == ACT_CONNECT) {
		s->path_arg = row->path_arg;
		put_args(s, row);
	}
	if (raw) {
		s->mask = raw;
		submit(SLOT_SYSCALL, row->raw);
	}
	if (derived) {
		s->flags &= FLAG_COMPAT;
		s->mask = derived;
		s->name_arg = row->path_arg;
		derive(row);
	}
	end(s);
	return 0;
}

SEC("tp_btf/sys_exit")
int weir_sys_exit(unsigned long long *ctx)
{
	if (!asked_for((struct pt_regs *)ctx[0]))
		return 0;
	return exit_of_interest(ctx);
}

#endif
