package probe

import (
	"fmt"
	"os"
	"runtime/debug"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/schemas/event"
)

// kernelDev is a device number as the kernel has it, not as stat shows it.
func kernelDev(dev uint64) event.Value {
	return event.Uint(uint64(unix.Major(dev))<<20 | uint64(unix.Minor(dev)))
}

// inode adds what identifies a file, and when it was changed last where the
// event has that.
func (p *performer) inode(e *expected, fd int, ctime bool) *expected {
	var st unix.Stat_t
	p.check(unix.Fstat(fd, &st))
	e.with("dev", kernelDev(st.Dev)).with("inode", event.Uint(st.Ino))
	if ctime {
		e.with("ctime", event.Uint(uint64(st.Ctim.Nano())))
	}
	return e
}

// opened expects the event of a file that a syscall has opened. asked is the
// name that was passed, and flags what the kernel's file does not keep.
func (p *performer) opened(call *expected, path, asked string, flags int, differ bool) int {
	fd := p.works(call)
	kept, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	p.check(err)
	e := p.derived("security_file_open", call).path("pathname", path).with("names_differ", event.Bool(differ)).
		number("flags", int32(kept|flags)).path("syscall_pathname", asked)
	p.inode(e, fd, true)
	return fd
}

// opens in each way, of names that say what is opened and such that do not.
func (p *performer) opens() {
	dir, path := p.dir, p.file("target")
	p.check(os.Symlink("sub/../target", dir+"/link"))
	at := p.openDir("sub")
	const created = unix.O_CREAT | unix.O_TRUNC
	fd := p.opened(p.call("openat", at, "../target", unix.O_RDWR, 0), path, "../target", 0, false)
	p.opened(p.call("openat", unix.AT_FDCWD, "target", unix.O_RDONLY|unix.O_CLOEXEC, 0), path, "target", 0, false)
	p.opened(p.call("openat", unix.AT_FDCWD, "link", unix.O_WRONLY|unix.O_APPEND, 0), path, "link", 0, true)
	p.opened(p.call("openat", noFD, dir+"/made", unix.O_RDWR|created|unix.O_EXCL, 0o640), dir+"/made", dir+"/made", created|unix.O_EXCL, false)
	p.opened(p.call("openat", at, ".", unix.O_RDONLY|unix.O_DIRECTORY, 0), dir+"/sub", ".", 0, false)
	how := words(unix.O_WRONLY, 0, unix.RESOLVE_NO_SYMLINKS)
	p.opened(p.call("openat2", at, "../target", p.put(how), 24).with("flags", event.Uint(unix.O_WRONLY)).
		with("mode", event.Uint(0)).with("resolve", event.Uint(unix.RESOLVE_NO_SYMLINKS)), path, "../target", 0, false)
	p.fails(p.call("openat2", at, "../target", nil, 24).none("flags", "mode", "resolve"), unix.EFAULT)
	if open := p.call("open", "link", unix.O_RDONLY|unix.O_NOCTTY, 0); open.Ret >= 0 {
		p.opened(open, path, "link", unix.O_NOCTTY, true)
		p.opened(p.call("creat", "made", 0o600), dir+"/made", "made", created, false)
		p.fails(p.call("open", "missing", unix.O_RDWR, 0), unix.ENOENT)
	}
	missing := p.call("openat", unix.AT_FDCWD, "missing", unix.O_RDWR, 0o7)
	p.fails(missing, unix.ENOENT)
	p.never("security_file_open", missing, "syscall_pathname", event.String("missing"))
	// With O_PATH a file is not opened, only named.
	named := p.call("openat", unix.AT_FDCWD, "./sub/../target", unix.O_PATH, 0)
	p.works(named)
	p.never("security_file_open", named, "syscall_pathname", event.String("./sub/../target"))
	memory := p.works(p.call("memfd_create", "weir memory", unix.MFD_CLOEXEC))
	again := fmt.Sprintf("/proc/thread-self/fd/%d", memory)
	p.opened(p.call("openat", unix.AT_FDCWD, again, unix.O_RDWR, 0), "memfd:weir memory", again, 0, true)
	p.byHandle(path)
	p.copies(fd)
}

// byHandle opens a file past all directories.
func (p *performer) byHandle(path string) {
	handle, _, err := unix.NameToHandleAt(unix.AT_FDCWD, path, 0)
	mount := p.openDir(".")
	if err != nil {
		p.fails(p.call("open_by_handle_at", mount, p.put(make([]byte, 8)), unix.O_RDONLY), unix.EINVAL, unix.EPERM)
		return
	}
	raw := append(halfWords(uint32(handle.Size()), uint32(handle.Type())), handle.Bytes()...)
	e := p.call("open_by_handle_at", mount, p.put(raw), unix.O_RDONLY)
	if e.Ret < 0 {
		p.fails(e, unix.EPERM)
		return
	}
	p.opened(e, path, "", 0, false)
	p.list[len(p.list)-1].none("syscall_pathname")
}

// copies are those of a file's descriptor, which are nothing special.
func (p *performer) copies(fd int) {
	p.works(p.call("dup", fd))
	p.works(p.call("dup3", fd, 99, unix.O_CLOEXEC))
	p.call("dup2", fd, 98)
	copied := p.call("fcntl", fd, unix.F_DUPFD_CLOEXEC, 90)
	p.works(copied)
	p.fails(p.call("fcntl", noFD, unix.F_GETFD, 1<<40), unix.EBADF)
	p.never("socket_dup", copied, "newfd", event.Int(copied.Ret))
}

// writes are of interest where they begin a file.
func (p *performer) writes() {
	const text = "#!/bin/sh\necho this is more than what is shown of a file\n"
	began := func(e *expected, fd int, path, bytes string) {
		p.works(e)
		p.inode(p.derived("magic_write", e).path("pathname", path).with("bytes", event.Bytes(bytes)), fd, false)
	}
	file := func(name string) (int, string) {
		path := p.dir + "/" + name
		fd, err := unix.Open(path, unix.O_RDWR|unix.O_CREAT, 0o600)
		p.check(err)
		return fd, path
	}
	fd, path := file("written")
	began(p.call("write", fd, buffer(text), len(text)), fd, path, text[:20])
	later := p.call("write", fd, buffer("later"), 5)
	p.never("magic_write", later, "bytes", event.Bytes("later"))
	began(p.call("pwrite64", fd, buffer("ELF"), 3, 0), fd, path, "ELF")
	later = p.call("pwrite64", fd, buffer("behind"), 6, 7)
	p.never("magic_write", later, "bytes", event.Bytes("behind"))
	vector := p.put(words(0, 0, uint64(p.text("first")), 5, uint64(p.text("second")), 6))
	fd, path = file("vector")
	began(p.call("writev", fd, vector, 3), fd, path, "first")
	began(p.call("pwritev", fd, vector, 3, 0, 0), fd, path, "first")
	began(p.call("pwritev2", fd, vector, 3, 0, 0, unix.RWF_DSYNC), fd, path, "first")
	p.works(p.call("pwritev", fd, vector+16, 1, 4096, 0))
	var pipe [2]int
	p.check(unix.Pipe2(pipe[:], 0))
	piped := p.call("write", pipe[1], buffer("piped"), 5)
	p.never("magic_write", piped, "bytes", event.Bytes("piped"))
	p.works(p.call("read", pipe[0], p.put(make([]byte, 8)), 8))
	p.fails(p.call("write", noFD, buffer("nowhere"), 7), unix.EBADF)
	long := make([]byte, 300)
	p.works(p.call("write", fd, buffer(long), len(long)))
}

// protections are changes of memory's, each alert once.
func (p *performer) protections() {
	// While another thread changes what is mapped the kernel may refuse to look
	// at it (TestRaceOfMappings). Go's collector of garbage does.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	const r, w, x, private = unix.PROT_READ, unix.PROT_WRITE, unix.PROT_EXEC, unix.MAP_PRIVATE
	mapped := p.call("mmap", nil, 8192, r|w|x, private|unix.MAP_ANON, noFD, 0)
	p.alert(mapped, 1, uint64(p.works(mapped)), 8192, r|w|x, 0)
	change := func(alert int, addr uint64, prot, before int) {
		e := p.call("mprotect", uintptr(addr), 4096, prot)
		p.works(e)
		p.alert(e, alert, addr, 4096, prot, before)
	}
	page := func(prot int) uint64 {
		return uint64(p.works(p.call("mmap", nil, 12288, prot, private|unix.MAP_ANON, noFD, 0)))
	}
	read, both, executable := page(r), page(r|w), page(r|x)
	change(2, read, r|x, r)
	change(3, executable, r|w|x, r|x)
	change(4, both, r|x, r|w)
	change(2, both+4096, r|w|x, r|w)
	e := p.call("pkey_mprotect", uintptr(read+4096), 4096, r|x, -1)
	p.works(e)
	p.alert(e, 2, read+4096, 4096, r|x, r)
	plain := p.call("mprotect", uintptr(both+8192), 4096, r)
	p.never("mem_prot_alert", plain, "addr", event.Uint(both+8192))
	failed := p.call("mprotect", uintptr(1<<30), 4096, r|x)
	p.fails(failed, unix.ENOMEM)
	p.never("mem_prot_alert", failed, "addr", event.Uint(1<<30))
	fd, err := unix.Open(p.file("mapped"), unix.O_RDWR, 0)
	p.check(err)
	file := p.call("mmap", nil, 4096, r|w|x, private, fd, 0)
	p.works(file)
	p.inode(p.alert(file, 1, uint64(file.Ret), 4096, r|w|x, 0).path("pathname", p.dir+"/mapped"), fd, true)
	e = p.call("mmap", nil, 4096, r|w, private, fd, 0)
	p.works(e)
	e = p.call("mprotect", uintptr(e.Ret), 4096, r|x)
	p.inode(p.alert(e, 4, uint64(e.argument("addr")), 4096, r|x, r|w).path("pathname", p.dir+"/mapped"), fd, true)
}

// argument is a number that was passed.
func (e *expected) argument(name string) (n int64) {
	_, _ = fmt.Sscan(e.Args[name], &n)
	return n
}

func (p *performer) alert(call *expected, alert int, addr, length uint64, prot, before int) *expected {
	return p.derived("mem_prot_alert", call).with("alert", event.Uint(uint64(alert))).with("addr", event.Uint(addr)).
		with("len", event.Uint(length)).number("prot", int32(prot)).number("prev_prot", int32(before)).
		none("pathname", "dev", "inode", "ctime")
}
