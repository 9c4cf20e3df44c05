/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What the programs share with user space and with each other. */
#ifndef WEIR_MAPS_H
#define WEIR_MAPS_H

#include "minikern.h"
#include "record.h"
#include <bpf/bpf_helpers.h>

/* Set before loading. */
const volatile bool use_pids_cgroup = false;
const volatile int cgroup_hierarchy = 0;

/* Rings: exec, fork, exit and cgroups in one, everything else in the other,
 * so that a flood of the latter never costs one of the former. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring_priority SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring_bulk SEC(".maps");

/* 1 while the reader sleeps and wants to be woken by the next record. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} doorbell SEC(".maps");

/* Counters by record type. seen = submitted + ring_full + nested, always. */
struct weir_counts {
	__u64 seen, submitted, ring_full, nested;
	__u64 fault, truncated, compat_skipped;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TYPE_MAX);
	__type(key, __u32);
	__type(value, struct weir_counts);
} counts SEC(".maps");

/* One row for each syscall number; user space fills and switches them. */
enum row_on { ON_RAW = 1, ON_DERIVED = 2, ON_SKIP = 4 };
enum row_arg { ARG_NUM = 0, ARG_STR = 1, ARG_STRV = 2, ARG_SOCKADDR = 3, ARG_OPEN_HOW = 4 };
enum row_action { ACT_NONE = 0, ACT_OPEN = 1, ACT_CONNECT = 2, ACT_EXEC = 3, ACT_SOCKETCALL = 4 };

struct weir_row {
	__u16 raw, derived;
	__s16 sysno;
	__u8 nargs, on;
	__u8 args[6];
	__u8 action, open_flags_arg;
};

#define ROWS 512

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, ROWS);
	__type(key, __u32);
	__type(value, struct weir_row);
} rows SEC(".maps");

/* The same for 32-bit syscalls, whose numbers differ. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, ROWS);
	__type(key, __u32);
	__type(value, struct weir_row);
} rows_compat SEC(".maps");

/* Processes whose own events are not recorded: the collector's. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u8);
} self SEC(".maps");

/* Where records are put together: one scratch for syscalls, one for the
 * scheduler's tracepoints, on each CPU. */
enum slot { SLOT_SYSCALL = 0, SLOT_SCHED = 1, SLOTS = 2 };

#define POS_MASK 0x3fff
#define DATA_MASK 0x1fff
#define STR_MAX 4096
#define ITEM_MAX 1024
#define BUF_SIZE (POS_MASK + 1 + 8 + DATA_MASK + 1 + ITEM_MAX + 8)

struct scratch {
	__u32 pos;
	__u32 busy;
	__u32 flags;
	__u32 unused;
	__u8 buf[BUF_SIZE];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SLOTS);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

/* Paths are written from their end towards their start. */
#define PATH_MASK 0xfff
#define PATH_BUF (PATH_MASK + 1 + 512)

struct pathbuf {
	/* Where the path begins. It lives here, not in a register, so that the
	 * verifier does not follow each of its values through the loop. */
	__u64 off;
	__u8 buf[PATH_BUF];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SLOTS);
	__type(key, __u32);
	__type(value, struct pathbuf);
} pathbufs SEC(".maps");

struct seqs {
	__u64 priority, bulk;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct seqs);
} seqs SEC(".maps");

/* What a thread was just before its exec, between task_rename and
 * sched_process_exec. */
struct before_exec {
	char comm[16];
	__u32 nr, compat;
	__s32 dirfd, flags;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct before_exec);
} before SEC(".maps");

#endif
