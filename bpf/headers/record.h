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
	/* Behind here: later additions, which older readers skip. */
	__u64 cap_effective;
	__u64 cgroup2_id;
	__u32 tty, net_ns;
};

_Static_assert(sizeof(struct weir_hdr) == 184, "the header is 184 bytes");
_Static_assert(__builtin_offsetof(struct weir_hdr, cap_effective) == 160, "additions");
_Static_assert(__builtin_offsetof(struct weir_hdr, host_pid) == 32, "thread");
_Static_assert(__builtin_offsetof(struct weir_hdr, ret) == 144, "result");

struct weir_tlv {
	__u8 tag;
	__u8 arg;
	__u16 len;
	__u32 aux;
};

_Static_assert(sizeof(struct weir_tlv) == 8, "a TLV's header is 8 bytes");

/* The two upper bits of a record's number tell which of its CPU's counters it is
 * from. */
#define SEQ_PACKETS_IN (1ULL << 62)
#define SEQ_PACKETS_OUT (2ULL << 62)

/* The payload of TAG_PACKET: where a packet came from and went to. IPv4 addresses
 * are the first four bytes. */
struct weir_packet {
	__u8 source[16], destination[16];
	__u16 source_port, destination_port;
	__u8 version, protocol, direction, unused;
	/* Bytes of the packet from its IP header on, and of the message in it. */
	__u32 packet_len, message_len;
};

_Static_assert(sizeof(struct weir_packet) == 48, "a packet's description is 48 bytes");

enum weir_flag {
	FLAG_COMPAT = 1,
	FLAG_FAULT = 2,
	FLAG_TRUNCATED = 4,
};

enum weir_hook {
	HOOK_SYS_EXIT = 1,
	HOOK_TP = 2,
	HOOK_LSM = 3,
	HOOK_FENTRY = 4,
	HOOK_KPROBE = 5,
	HOOK_CGROUP_SKB = 7,
	HOOK_ITER = 8,
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
	TAG_BYTES = 10,
	TAG_DIR = 11,
	TAG_PACKET = 13,
};

/* Types below FIRST_BULK are of the priority class. Those of syscalls come with
 * the rows; here are the ones that programs make by themselves. */
enum weir_type {
	TYPE_EXEC = 1,
	TYPE_FORK = 2,
	TYPE_EXIT = 3,
	TYPE_CGROUP_MKDIR = 4,
	TYPE_CGROUP_RMDIR = 5,
	TYPE_NET_PACKET_DNS = 8,
	TYPE_NET_PACKET_DNS_REQUEST = 14,
	TYPE_NET_PACKET_DNS_RESPONSE = 15,
	FIRST_BULK = 16,
	TYPE_SECURITY_FILE_OPEN = 20,
	TYPE_SECURITY_SOCKET_CONNECT = 24,
	TYPE_SECURITY_BPRM_CHECK = 26,
	TYPE_SECURITY_INODE_RENAME = 27,
	TYPE_SECURITY_SB_MOUNT = 28,
	TYPE_SECURITY_KERNEL_READ_FILE = 29,
	TYPE_MEM_PROT_ALERT = 30,
	TYPE_MAGIC_WRITE = 31,
	TYPE_SOCKET_DUP = 32,
	TYPE_HOOKED_SYSCALL = 33,
	TYPE_HOOKED_PROC_FOPS = 34,
	TYPE_IO_URING_SUBMIT = 35,
	TYPE_MAX = 256,
};

#endif
