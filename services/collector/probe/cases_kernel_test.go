package probe

import (
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
)

// kernel are the syscalls that could change the machine. Each is called so that
// it must fail, with values that are found again.
func (p *performer) kernel() {
	const magic = 0x12345678
	script := p.file("module")
	fd, _ := unix.Open(script, unix.O_RDONLY, 0)
	somewhere := p.put(make([]byte, 64))
	for _, e := range []*expected{
		p.call("reboot", magic, -magic, unix.LINUX_REBOOT_CMD_CAD_OFF, somewhere),
		p.call("init_module", somewhere, 3, "weir=1"),
		p.call("delete_module", "weir_no_such_module", unix.O_NONBLOCK),
		p.call("kexec_load", magic, 1<<20, somewhere, 0xffff),
		p.call("settimeofday", p.put(words(1, 1<<40)), nil),
		p.call("clock_settime", 999, p.put(words(1, 1<<40))),
		p.call("sethostname", buffer(strings.Repeat("weir", 20)), 80),
		p.call("acct", "/no/such/directory/acct"),
		p.call("swapon", "/no/such/file", 0x7),
		p.call("iopl", 4),
		p.call("ioperm", 1<<30, 1<<30, 1),
		p.call("syslog", 99, somewhere, -3),
		p.call("bpf", 9999, somewhere, 48),
		p.call("userfaultfd", 0x40000000),
		p.call("perf_event_open", somewhere, -1, -1, -7, 1<<40),
		p.call("keyctl", 9999, 2, 3, 4, 1<<40),
		p.call("add_key", "weir-type", "weir:key", somewhere, 4, -3),
		p.call("request_key", "weir-type", "weir:key", "callout", -1),
		p.call("request_key", "weir-type", "weir:key", nil, -1),
		p.call("io_uring_setup", 0, somewhere),
		p.call("io_uring_register", fd, 999, somewhere, 7),
		p.call("process_vm_readv", 1<<30, somewhere, 1, somewhere, 1, 8),
		p.call("process_vm_writev", 1<<30, somewhere, 1, somewhere, 1, 8),
		p.call("ptrace", 0x4206, 1<<30, somewhere, magic),
		p.call("seccomp", 99, 1, somewhere),
		p.call("fanotify_init", 1<<30, unix.O_RDWR),
	} {
		if e.Ret >= 0 {
			p.works(e)
			p.fails(e, 0)
		}
	}
	p.readByKernel(fd, script)
}

// What the kernel has to be allowed before it reads a file for a process.
const (
	capSysModule = 16
	capSysBoot   = 22
)

// readByKernel loads from a file that is no module and no kernel. A load that is
// refused is told of with its result; at the kernel's own hook where the kernel
// had read the file by then, as it has if it is locked down.
func (p *performer) readByKernel(fd int, path string) {
	reads := func(e *expected, kind int64, capability uint) *expected {
		read := p.derived("security_kernel_read_file", e).path("pathname", path).with("type", event.Int(kind))
		errno := unix.Errno(-e.Ret)
		read.OnlyAtExit = errno == unix.ENOSYS || errno == unix.EPERM && e.Facts.Capabilities&(1<<capability) == 0
		p.inode(read, fd, true)
		return read
	}
	const (
		compressed = 4
		noInitrd   = 4
	)
	reads(p.call("finit_module", fd, "weir=1", 0).path("path", path), 2, capSysModule)
	// Before 5.17 there is no such flag, later kernels read what they cannot unpack.
	packed := reads(p.call("finit_module", fd, "weir=2", compressed).path("path", path), 2, capSysModule)
	packed.OnlyAtExit = packed.OnlyAtExit || kernelBefore(5, 17)
	reads(p.call("kexec_file_load", fd, noFD, 4, "abc", noInitrd).path("path", path), 3, capSysBoot)
	p.fails(p.call("finit_module", noFD, "", 0).none("path"), unix.EBADF, unix.EPERM, unix.ENOSYS)
}

// refusal is what a filter says in place of the kernel: no kernel says it of acct.
const refusal = unix.EBADFD

// refused is a syscall that a seccomp filter refuses, as it does to containers:
// the kernel never begins with it, and it is told all the same. The filter stays,
// so this comes last.
func (p *performer) refused() {
	kind := catalogue.ByName("acct")
	program := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0}, // the syscall's number
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 1, K: uint32(nativeNumber(kind))},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(refusal)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	filter := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	p.check(unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
	p.check(unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&filter)), 0, 0))
	p.fails(p.call("acct", "/refused/by/a/filter"), refusal)
}
