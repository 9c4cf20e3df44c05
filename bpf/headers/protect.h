/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Memory that becomes executable. What its protection was before is gone at
 * the end of the syscall, so one of several feeders notes it at the beginning:
 * the best that the kernel offers.
 */
#ifndef WEIR_PROTECT_H
#define WEIR_PROTECT_H

#include "admit.h"
#include "args.h"
#include "rows.h"
#include "undisturbed.h"

#define PROT_WRITE 2
#define PROT_EXEC 4
#define MAP_ANONYMOUS 0x20
#define VM_PROT 7

enum alert {
	ALERT_MAPPED_WRITABLE = 1,
	ALERT_EXECUTABLE = 2,
	ALERT_ALSO_WRITABLE = 3,
	ALERT_WRITABLE_BEFORE = 4,
};

/* The variants of the action. */
enum protect_variant { PROTECT_CHANGE = 0, PROTECT_MAP = 1 };

/* What a thread's mprotect began with. */
struct before_protect {
	__u64 file;
	__u32 prot, unused;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct before_protect);
} protections SEC(".maps");

static __always_inline void note_protection(struct vm_area_struct *vma)
{
	struct before_protect b = {};
	__u32 tid = GET(this_task(), pid);

	/* VM_READ, VM_WRITE and VM_EXEC are the bits of PROT_… */
	b.prot = BPF_CORE_READ(vma, vm_flags) & VM_PROT;
	b.file = (__u64)BPF_CORE_READ(vma, vm_file);
	bpf_map_update_elem(&protections, &tid, &b, BPF_ANY);
}

SEC("lsm/file_mprotect")
int HOOK_PROG(weir_lsm_mprotect, struct vm_area_struct *vma)
{
	note_protection(vma);
	return 0;
}

SEC("fentry/security_file_mprotect")
int HOOK_PROG(weir_fentry_mprotect, struct vm_area_struct *vma)
{
	note_protection(vma);
	return 0;
}

SEC("kprobe/security_file_mprotect")
int weir_kprobe_mprotect(struct pt_regs *regs)
{
	note_protection((struct vm_area_struct *)PARM1(regs));
	return 0;
}

#if !defined(TIER_COMPAT)
/* How often memory is looked for while another thread changes what is mapped. */
#define LOOKS 512
#define EBUSY 16

static long note_found(struct task_struct *t, struct vm_area_struct *vma, void *unused)
{
	note_protection(vma);
	return 0;
}

/* Looks for memory once more; 1 where that is decided. */
static long look_again(__u64 unused, __u64 *address)
{
	return bpf_find_vma(bpf_get_current_task_btf(), *address, note_found, NULL, 0) != -EBUSY;
}

/* The kernel refuses to look while another thread changes what is mapped, which
 * mostly is over after a moment. Where it is not, nothing must be left of what was
 * noted for another call. */
static __always_inline void note_memory(struct task_struct *t, __u64 address)
{
	__u32 tid = GET(t, pid);

	bpf_map_delete_elem(&protections, &tid);
	bpf_loop(LOOKS, look_again, &address, 0);
}

/* Where programs may not sit at the kernel's hooks: at the beginning of the
 * syscall the memory is looked for by its address. */
static __noinline int TRACEPOINT_PROG(enter_mprotect, struct pt_regs *regs, long id)
{
	struct task_struct *t = bpf_get_current_task_btf();
	bool compat = is_compat(t);
	struct weir_row *row = row_of(syscall_nr(regs), compat);
	__u64 a[6];

	if (!row || row->action != ACT_PROTECT || row->variant != PROTECT_CHANGE)
		return 0;
	syscall_args(regs, compat, a);
	if (a[2] & PROT_EXEC)
		note_memory(t, a[0]);
	return 0;
}

SEC("tp_btf/sys_enter")
int weir_enter_mprotect(unsigned long long *ctx)
{
	if (!asked_for((struct pt_regs *)ctx[0]))
		return 0;
	return enter_mprotect(ctx);
}
#endif

__noinline int derive_protect(__u32 slot)
{
	struct scratch *s = scratch_of(slot);
	struct task_struct *t = this_task();
	__u32 tid = GET(t, pid), alert, prot, before = 0;
	struct before_protect *b = NULL;
	__u64 file = 0;

	if (!s)
		return 0;
	prot = s->a[2] & VM_PROT;
	if (s->variant == PROTECT_MAP) {
		/* The result is an address, or an error among the highest numbers. */
		alert = s->ret < 0 && s->ret > -4096 ? 0 : prot & PROT_WRITE ? ALERT_MAPPED_WRITABLE : 0;
		if (alert && !(s->a[3] & MAP_ANONYMOUS))
			file = file_of(t, s->a[4]);
	} else {
		b = bpf_map_lookup_elem(&protections, &tid);
		if (b) {
			before = b->prot;
			file = b->file;
		}
		/* Without a length the kernel changes nothing. */
		if (s->ret < 0 || !s->a[1])
			alert = 0;
		else if (before & PROT_EXEC)
			alert = prot & PROT_WRITE && !(before & PROT_WRITE) ? ALERT_ALSO_WRITABLE : 0;
		else if (before & PROT_WRITE && !(prot & PROT_WRITE))
			alert = ALERT_WRITABLE_BEFORE;
		else
			alert = ALERT_EXECUTABLE;
	}
	if (b)
		bpf_map_delete_elem(&protections, &tid);
	if (!alert) {
		retract(TYPE_MEM_PROT_ALERT);
		return 0;
	}
	s->pos = sizeof(struct weir_hdr);
	put_word(s, TAG_U32, 0, alert);
	put_u64(s, TAG_U64, 1, s->variant == PROTECT_MAP ? s->ret : s->a[0]);
	put_u64(s, TAG_U64, 2, s->a[1]);
	put_word(s, TAG_S32, 3, prot);
	if (b || s->variant == PROTECT_MAP)
		put_word(s, TAG_S32, 4, before);
	else
		s->flags |= FLAG_FAULT; /* Nobody could look. */
	if (file) {
		put_file_path(file, slot, 5);
		put_inode(s, inode_of(file), 6);
	}
	submit(slot, TYPE_MEM_PROT_ALERT);
	return 0;
}

#endif
