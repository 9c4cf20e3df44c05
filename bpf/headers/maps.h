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
/* Bytes of the rings; the class of each type (catalogue.Class). */
const volatile __u32 bulk_size = 4096;
const volatile __u32 priority_size = 4096;
const volatile __u8 class_of[TYPE_MAX] = {};
/* Processes whose own events are not recorded: the collector's. The verifier
 * takes out the comparisons with those that are zero. */
#define SELVES 4
const volatile __u32 selves[SELVES] = {};
/* Events a second that one process may make while the bulk ring is half full. */
const volatile __u32 task_rate = 20000;
/* Whether programs there can lose the processor, and can prevent it. */
const volatile bool preempts_tracepoints = false;
const volatile bool preempts_hooks = false;

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

/* What wakes the reader. */
enum bell {
	/* Nothing: it reads. */
	BELL_OFF = 0,
	/* The next record. */
	BELL_RECORD = 1,
	/* The first record behind which a ring is filled by an eighth. */
	BELL_FILLED = 2,
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} doorbell SEC(".maps");

/* Counters by record type. seen = submitted + filtered + throttled + shed +
 * ring_full + nested, always. */
struct weir_counts {
	__u64 seen, submitted, filtered;
	__u64 throttled, shed, ring_full, nested;
	__u64 fault, truncated, compat_skipped;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TYPE_MAX);
	__type(key, __u32);
	__type(value, struct weir_counts);
} counts SEC(".maps");

/* One row for each syscall number; user space fills and switches them. */
enum row_on { ON_RAW = 1, ON_DERIVED = 2, ON_SKIP = 4, ON_ROUTE = 8 };
enum row_arg {
	ARG_NUM = 0,
	ARG_STR = 1,
	ARG_STRV = 2,
	ARG_SOCKADDR = 3,
	ARG_OPEN_HOW = 4,
	ARG_SOCKADDR_RESULT = 5,
	ARG_BUF = 6,
	ARG_BUF_RESULT = 7,
	ARG_CLONE_ARGS = 8,
};
enum row_action {
	ACT_NONE = 0,
	ACT_OPEN = 1,
	ACT_CONNECT = 2,
	ACT_EXEC = 3,
	ACT_RENAME = 4,
	ACT_MOUNT = 5,
	ACT_READ_FILE = 6,
	ACT_PROTECT = 7,
	ACT_WRITE = 8,
	ACT_DUP = 9,
	/* It stands for many: which, its first argument tells. */
	ACT_ROUTE = 10,
};
/* What is to be mended in the arguments of 32-bit programs and of arm64. */
enum row_fix {
	FIX_NONE = 0,
	/* Argument fix_arg is in two registers from fix_reg on. */
	FIX_SPLIT = 1,
	/* The arguments are in memory, where argument 0 points. */
	FIX_BLOCK = 2,
	/* Argument fix_arg counts units of 4096. */
	FIX_PAGES = 3,
	/* Arguments 3 and 4 are the other way round. */
	FIX_SWAP = 4,
	/* Arguments fix_arg to fix_reg - 1 are ids of 16 bits. */
	FIX_IDS16 = 5,
};
enum row_extra {
	EXTRA_NONE = 0,
	EXTRA_FILE = 1,
	EXTRA_DIR = 2,
	EXTRA_LOCAL = 3,
	EXTRA_REMOTE = 4,
	EXTRA_MESSAGE = 5,
};

#define REG_CWD 0xff
#define REG_RESULT 0xfe

struct weir_extra {
	__u8 kind, reg, arg, unused;
};

struct weir_row {
	__u16 raw, derived;
	__s16 sysno;
	__u8 nargs, on;
	__u8 args[6];
	/* Which of args are not numbers, as bits; which is compared as a path. */
	__u8 memory, path_arg;
	__u8 action, variant;
	__u8 fix, fix_arg, fix_reg, unused;
	struct weir_extra extra[2];
};

/* From ROUTED on are the rows of calls that share one number (socketcall). */
#define ROWS 512
#define ROUTED 480

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

/* Whether any row of a syscall's number is on, of either table: what most syscalls
 * are asked, and all that they cost once the program is there. */
volatile __u8 of_interest[ROWS] SEC(".data.interest") = {};

/* Which program makes an event of a type, besides the one of the syscalls. */
enum on_by { OFF_HERE = 0, BY_HOOK = 1, BY_TRACEPOINT = 2 };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TYPE_MAX);
	__type(key, __u32);
	__type(value, __u32);
} on SEC(".maps");

/* Where records are put together: one scratch for syscalls, one for the
 * scheduler's tracepoints, one for hooks inside syscalls and two for packets that
 * come and go, on each CPU: an interrupt brings packets while one is sent. */
enum slot { SLOT_SYSCALL = 0, SLOT_SCHED = 1, SLOT_HOOK = 2, SLOT_NET = 3, SLOT_NET_OUT = 4, SLOTS = 5 };

#define POS_MASK 0x3fff
#define DATA_MASK 0x1fff
#define STR_MAX 4096
#define ITEM_MAX 1024
#define BUF_SIZE (POS_MASK + 1 + 8 + DATA_MASK + 1 + ITEM_MAX + 8)

struct scratch {
	__u32 pos;
	__u32 busy;
	__u32 flags;
	/* Which argument is compared as a path, and where its text is; 0: nowhere. */
	__u32 path_arg, path_pos;
	__u32 compat;
	/* Which alternatives of the event's scope hold so far. */
	__u64 mask;
	/* Where a typed pointer becomes a number: see number(). */
	__u64 number;
	/* The syscall. */
	__u64 a[6];
	__s64 ret;
	__u32 variant, name_arg;
	/* What the header says besides who did it; whether it has been written. */
	__s32 sysno;
	__u32 hook, described, unused;
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
	/* The name that is to be copied: global functions take no typed pointer. */
	__u64 name;
	__u8 buf[PATH_BUF];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SLOTS);
	__type(key, __u32);
	__type(value, struct pathbuf);
} pathbufs SEC(".maps");

/* Packets have numbers of their own: those that come, by interrupts, could take
 * the same number as what they interrupt. */
struct seqs {
	__u64 priority, bulk, packets_in, packets_out;
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

/* A place for one thread's. Whoever adds 1 to claims and then finds 1 has it, until
 * it takes the 1 back; tid is 0 while nobody has noted anything there. */
struct before_slot {
	__u32 claims, tid;
	struct before_exec b;
};

/* By the lowest bits of the thread's number: a spawn pays a fraction of what it pays
 * for a hash. */
#define BEFORE_SLOTS 256

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, BEFORE_SLOTS);
	__type(key, __u32);
	__type(value, struct before_slot);
} before SEC(".maps");

/* Those whose place another thread has: both are in an exec. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct before_exec);
} before_others SEC(".maps");

/*
 * Scopes: which events of a type are wanted. A scope has up to 64 alternatives,
 * one for each bit; an event is wanted where one of them holds. A field tells
 * which alternatives ask nothing of that kind; the maps which hold for a value.
 * There are two generations, of which one is in force, so that a change is one
 * write.
 */
#define HEADS 8

struct weir_scope {
	__u64 all, comm, uid, path, host, container;
	/* How the wanted paths begin: up to eight bytes, no further than their second
	 * slash, and which bits of them count. Without any, paths are not judged so. */
	__u64 heads[HEADS], head_bits[HEADS];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2 * TYPE_MAX);
	__type(key, __u32);
	__type(value, struct weir_scope);
} scopes SEC(".maps");

struct scope_text {
	__u16 type;
	__u8 generation, unused;
	char comm[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 8192);
	__type(key, struct scope_text);
	__type(value, __u64);
} scope_comms SEC(".maps");

struct scope_id {
	__u16 type;
	__u8 generation, unused;
	__u32 uid;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 8192);
	__type(key, struct scope_id);
	__type(value, __u64);
} scope_uids SEC(".maps");

#define PREFIX_MAX 128

struct scope_prefix {
	__u32 bits;
	__u16 type;
	__u8 generation, unused;
	char text[PREFIX_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, struct scope_prefix);
	__type(value, __u64);
} scope_paths SEC(".maps");

/* Cgroups that are known to belong to no container. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, __u8);
} host_cgroups SEC(".maps");

/* The generation of scopes that is in force: 0 or 1. */
volatile __u32 generation SEC(".data.scopes") = 0;

/* How much each process may still send under pressure. */
struct weir_bucket {
	__u64 last, tokens;
	__u64 suppressed, first_time, last_time;
	__u64 start_time, cgroup_id;
	__u32 pid, uid;
	char comm[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct weir_bucket);
} buckets SEC(".maps");

#endif
