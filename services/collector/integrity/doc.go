// Package integrity looks whether the kernel was tampered with: whether its
// syscalls and the directories of /proc lead to code that is not its own, which
// is how rootkits hide. It makes the events hooked_syscall and hooked_proc_fops.
//
// A Scanner looks when somebody begins to want these events, when a kernel
// module was loaded and every ten seconds. It compares
//
//   - the entries of sys_call_table with the kernel's code (_stext to _etext),
//   - on x86-64 kernels that no longer call through the table (6.9, and patch
//     releases of 5.15 to 6.8 from April 2024 on), every branch of x64_sys_call,
//     where the calls are compiled in, and which can only be changed by writing
//     over code. An entry of the table that was changed there has no effect, but
//     is reported all the same: nobody else writes to it,
//   - for /proc and the directories in it, the functions that list them, and
//     where the table of these functions is.
//
// What it cannot see: a change that is undone before the next look; code that
// was changed at the beginning of a handler (ftrace, kprobes and live patches do
// so, rootkits too); the tables of 32-bit syscalls; what a module does that lies
// about the memory that programs read.
//
// The addresses come from /proc/kallsyms, which shows them to CAP_SYSLOG. It is
// opened at start and read later: the right may be given up in between.
//
// The package must not load programs or know the broker: package bpf reads the
// kernel's memory and makes the events.
package integrity
