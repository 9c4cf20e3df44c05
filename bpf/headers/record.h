/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The layout of a record, version 1. Go's side of it is package
 * schemas/record, which documents it; a test compares the offsets.
 */
#ifndef WEIR_RECORD_H
#define WEIR_RECORD_H

#include <linux/types.h>

#define WEIR_LAYOUT 1

struct weir_hdr {
	__u32 len;
	__u8 version;
	__u8 hdr_words;
	__u16 type;
	__u16 flags;
	__u8 hook;
	__u8 reserved0;
	__u32 cpu;
	__u64 time;
	__u64 seq;
	/* From here to ret: the thread. */
	__u32 host_pid, host_tid, host_ppid;
	__u32 pid, tid, ppid;
	__u32 uid, gid, euid, loginuid;
	__u64 start_time, leader_start_time, parent_start_time;
	__u64 cgroup_id;
	__u32 mnt_ns, pid_ns;
	char comm[16];
	char nodename[16];
	__s64 ret;
	__s32 sysno;
	__u32 reserved1;
};

_Static_assert(sizeof(struct weir_hdr) == 160, "the header is 160 bytes");
_Static_assert(__builtin_offsetof(struct weir_hdr, host_pid) == 32, "thread");
_Static_assert(__builtin_offsetof(struct weir_hdr, ret) == 144, "result");

struct weir_tlv {
	__u8 tag;
	__u8 arg;
	__u16 len;
	__u32 aux;
};

_Static_assert(sizeof(struct weir_tlv) == 8, "a TLV's header is 8 bytes");

enum weir_flag {
	FLAG_COMPAT = 1,
	FLAG_FAULT = 2,
	FLAG_TRUNCATED = 4,
};

enum weir_hook {
	HOOK_SYS_EXIT = 1,
	HOOK_TP = 2,
};

enum weir_tag {
	TAG_ARGS = 1,
	TAG_STR = 2,
	TAG_STRS = 3,
	TAG_SOCKADDR = 4,
	TAG_U64 = 5,
	TAG_U32 = 6,
	TAG_S32 = 7,
	TAG_BOOL = 8,
	TAG_START = 9,
};

/* Types below FIRST_BULK are of the priority class. */
enum weir_type {
	TYPE_EXEC = 1,
	TYPE_FORK = 2,
	TYPE_EXIT = 3,
	TYPE_CGROUP_MKDIR = 4,
	TYPE_CGROUP_RMDIR = 5,
	FIRST_BULK = 16,
	TYPE_MAX = 64,
};

#endif
