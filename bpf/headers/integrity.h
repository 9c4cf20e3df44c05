/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What user space needs to see whether the kernel was tampered with: a program
 * that it runs itself (it is attached to nothing), and a count of the modules
 * that were loaded.
 */
#ifndef WEIR_INTEGRITY_H
#define WEIR_INTEGRITY_H

#include "admit.h"
#include "file.h"
#include <bpf/bpf_tracing.h>

/* What the program is asked for, as its first argument. */
enum inspection {
	/* Bytes of the kernel: an address, how many. */
	INSPECT_MEMORY = 1,
	/* The operations of an open file of the caller: its number. */
	INSPECT_FILE = 2,
	/* An event: its type, then for each of its arguments a text of the
	 * caller, then the argument that is a list, its texts and their length. */
	INSPECT_REPORT = 3,
};

#define INSPECT_MAX 4096

#define INVALID 22
#define BAD_ADDRESS 14
#define BAD_FILE 9

struct weir_inspected {
	__u64 operations, iterate_shared, iterate, magic;
	__u8 bytes[INSPECT_MAX];
};

/* The program's answer; user space asks one thing at a time. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct weir_inspected);
} inspected SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} module_loads SEC(".maps");

struct file_operations {
	void *iterate_shared;
} __attribute__((preserve_access_index));

/* Up to 6.5. */
struct file_operations___iterate {
	void *iterate;
} __attribute__((preserve_access_index));

struct file___operations {
	struct file_operations *f_op;
} __attribute__((preserve_access_index));

static __always_inline int inspect_memory(struct weir_inspected *to, __u64 address, __u64 len)
{
	if (len == 0 || len > INSPECT_MAX)
		return INVALID;
	len--;
	CLAMP(len, INSPECT_MAX - 1);
	return bpf_probe_read_kernel(to->bytes, len + 1, (void *)address) ? BAD_ADDRESS : 0;
}

static __always_inline int inspect_file(struct weir_inspected *to, __u32 fd)
{
	struct file *file = (struct file *)file_of(this_task(), fd);
	struct file_operations *operations;
	struct file_operations___iterate *older;

	if (!file)
		return BAD_FILE;
	operations = BPF_CORE_READ((struct file___operations *)file, f_op);
	older = (struct file_operations___iterate *)operations;
	to->operations = (__u64)operations;
	to->iterate_shared = (__u64)BPF_CORE_READ(operations, iterate_shared);
	to->iterate = 0;
	if (bpf_core_field_exists(older->iterate))
		to->iterate = (__u64)BPF_CORE_READ(older, iterate);
	to->magic = BPF_CORE_READ(file, f_inode, i_sb, s_magic);
	return 0;
}

/* Makes an event of what user space found, which goes through the ring like the
 * others and is counted like them. */
static __always_inline int inspect_report(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 type = ctx->args[1];
	__u64 length = ctx->args[8];
	struct scratch *s;
	__u64 mask;

	if (!derived_on(type))
		return 0;
	mask = admit(type);
	if (!mask)
		return 0;
	s = begin(SLOT_HOOK, type, HOOK_ITER, 0, -1);
	if (!s)
		return 0;
	s->mask = mask;
	put_user_str(ctx->args[2], SLOT_HOOK, 0);
	put_user_str(ctx->args[3], SLOT_HOOK, 1);
	put_user_str(ctx->args[4], SLOT_HOOK, 2);
	put_user_str(ctx->args[5], SLOT_HOOK, 3);
	if (length)
		put_user_block(ctx->args[7], length, SLOT_HOOK, ctx->args[6]);
	submit(SLOT_HOOK, type);
	end(s);
	return 0;
}

/* Returns 0, or a number of errno(3). */
SEC("raw_tp/sys_enter")
int weir_inspect(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 zero = 0;
	struct weir_inspected *to = bpf_map_lookup_elem(&inspected, &zero);

	if (!to)
		return INVALID;
	switch (ctx->args[0]) {
	case INSPECT_MEMORY:
		return inspect_memory(to, ctx->args[1], ctx->args[2]);
	case INSPECT_FILE:
		return inspect_file(to, ctx->args[1]);
	case INSPECT_REPORT:
		return inspect_report(ctx);
	}
	return INVALID;
}

/* Before the module's own code runs, and before it can hide. */
SEC("tp_btf/module_load")
int weir_module_load(__u64 *ctx)
{
	__u32 zero = 0;
	__u64 *count = bpf_map_lookup_elem(&module_loads, &zero);

	if (count)
		__sync_fetch_and_add(count, 1);
	return 0;
}

#endif
