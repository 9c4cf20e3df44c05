// SPDX-License-Identifier: GPL-2.0-only
/*
 * What rootkits do to a kernel, without harm: getppid and the listing of /proc
 * lead through this module, which does nothing but go on to where they led before. Only
 * for tests, in virtual machines of x86-64.
 *
 * Addresses come as parameters when it is loaded; a word written to
 * /sys/module/rootkit/parameters/do changes something:
 *
 *   table, dispatcher, proc   lead it through here
 *   undo                      all as it was
 *   hide, show                take the module from the kernel's list, put it back
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/ptrace.h>
#include <linux/string.h>

/* One entry of sys_call_table, the function x64_sys_call and its length, and
 * where both lead. */
static unsigned long entry, dispatcher, length, handler;
module_param(entry, ulong, 0400);
module_param(dispatcher, ulong, 0400);
module_param(length, ulong, 0400);
module_param(handler, ulong, 0400);

static unsigned long calls;
module_param(calls, ulong, 0400);

typedef long (*syscall_t)(const struct pt_regs *regs);
typedef int (*iterate_t)(struct file *file, struct dir_context *context);

static struct file_operations *proc;
static iterate_t listing;
static s32 *branch;
static struct list_head *before;

static noinline long weir_test_getppid(const struct pt_regs *regs)
{
	calls++;
	return ((syscall_t)handler)(regs);
}

static noinline int weir_test_iterate(struct file *file, struct dir_context *context)
{
	return listing(file, context);
}

/* Writes although the page may only be read. */
static void poke(void *at, const void *from, size_t len)
{
	unsigned long cr0 = read_cr0();

	preempt_disable();
	asm volatile("mov %0, %%cr0" : : "r"(cr0 & ~X86_CR0_WP) : "memory");
	memcpy(at, from, len);
	asm volatile("mov %0, %%cr0" : : "r"(cr0) : "memory");
	preempt_enable();
}

static int hook_table(void)
{
	void *to = weir_test_getppid;

	if (!entry)
		return -ENOENT;
	poke((void *)entry, &to, sizeof(to));
	return 0;
}

/* Finds the branch to the handler, and bends it. */
static int hook_dispatcher(void)
{
	u8 *code = (u8 *)dispatcher;
	unsigned long i;

	for (i = 0; dispatcher && i + 5 <= length; i++) {
		s32 *relative = (s32 *)(code + i + 1);
		s32 to;

		if (code[i] != 0xe8 && code[i] != 0xe9 && !(i && code[i - 1] == 0x0f && (code[i] & 0xf0) == 0x80))
			continue;
		if ((unsigned long)(code + i + 5) + *relative != handler)
			continue;
		to = (s32)((unsigned long)weir_test_getppid - (unsigned long)(code + i + 5));
		branch = relative;
		poke(branch, &to, sizeof(to));
		return 0;
	}
	return -ENOENT;
}

static int hook_proc(void)
{
	struct file *file = filp_open("/proc", O_RDONLY | O_DIRECTORY, 0);
	iterate_t to = weir_test_iterate;

	if (IS_ERR(file))
		return PTR_ERR(file);
	proc = (struct file_operations *)file->f_op;
	listing = proc->iterate_shared;
	poke(&proc->iterate_shared, &to, sizeof(to));
	filp_close(file, NULL);
	return 0;
}

static int undo(void)
{
	void *original = (void *)handler;

	if (entry)
		poke((void *)entry, &original, sizeof(original));
	if (branch) {
		s32 to = (s32)(handler - (unsigned long)(branch + 1));

		poke(branch, &to, sizeof(to));
		branch = NULL;
	}
	if (proc) {
		poke(&proc->iterate_shared, &listing, sizeof(listing));
		proc = NULL;
	}
	return 0;
}

static int hide(void)
{
	if (before)
		return -EALREADY;
	before = THIS_MODULE->list.prev;
	list_del(&THIS_MODULE->list);
	return 0;
}

static int show(void)
{
	if (!before)
		return -ENOENT;
	list_add(&THIS_MODULE->list, before);
	before = NULL;
	return 0;
}

static int set(const char *word, const struct kernel_param *param)
{
	static const struct {
		const char *word;
		int (*do_it)(void);
	} words[] = {
		{ "table", hook_table }, { "dispatcher", hook_dispatcher }, { "proc", hook_proc },
		{ "undo", undo }, { "hide", hide }, { "show", show },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (sysfs_streq(word, words[i].word))
			return words[i].do_it();
	return -EINVAL;
}

static const struct kernel_param_ops words = { .set = set };
module_param_cb(do, &words, NULL, 0200);

static int __init begin(void)
{
	return handler ? 0 : -EINVAL;
}

static void __exit end(void)
{
	undo();
}

module_init(begin);
module_exit(end);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Does what rootkits do, for Weir's tests");
