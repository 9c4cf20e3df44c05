/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Finding the row of a syscall. */
#ifndef WEIR_ROWS_H
#define WEIR_ROWS_H

#include "arch.h"
#include "build.h"

static __always_inline struct weir_row *row_of(__u32 nr, bool compat)
{
	return compat ? bpf_map_lookup_elem(&rows_compat, &nr) : bpf_map_lookup_elem(&rows, &nr);
}

/* Whether anybody may want the syscall that the registers are of. */
static __always_inline bool asked_for(struct pt_regs *regs)
{
	__u64 nr = syscall_nr(regs);

	if (nr >= ROUTED)
		return false;
	CLAMP(nr, ROWS - 1);
	return of_interest[nr];
}

/* The row of the syscall that the current thread is in. */
static __always_inline struct weir_row *current_row(struct task_struct *t)
{
	return row_of(syscall_nr(current_regs(t)), is_compat(t));
}

/* The row of a 32-bit program's syscall that stands for many: which is meant,
 * is its first argument. User space puts those rows behind the others. */
static __always_inline struct weir_row *routed(struct weir_row *row, __u64 *a)
{
	__u32 at = row->fix_arg;

	if (a[0] >= 32)
		return NULL;
	at = ROUTED + (a[0] & 31);
	return bpf_map_lookup_elem(&rows_compat, &at);
}

#endif
