package probe

import (
	"encoding/binary"
	"fmt"
	"strings"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/schemas/event"
)

// enum io_uring_op and flags of linux/io_uring.h.
const (
	opNop      = 0
	opConnect  = 16
	opOpenat   = 18
	opWrite    = 23
	opOpenat2  = 28
	opRenameat = 35
	opUnlinkat = 36
	opMkdirat  = 37

	sqeAsync       = 1 << 4
	sqePolled      = 1 << 1 // IORING_SETUP_SQPOLL
	enterGetEvents = 1
	enterWakeup    = 2
	offSQ, offSQEs = 0, 0x10000000
	ringEntries    = 4
)

// submissionRing is a ring by its system calls alone.
type submissionRing struct {
	fd             int
	rings, entries []byte
	tail           *uint32
	cqHead, cqTail *uint32
	mask, array    uint32
	cqMask, cqes   uint32
	polled         bool
}

// params is struct io_uring_params, of 120 bytes.
func (p *performer) openRing(flags uint32) *submissionRing {
	raw := p.put(append(halfWords(0, 0, flags, 0, 10), make([]byte, 100)...))
	e := p.call("io_uring_setup", ringEntries, raw)
	if e.Ret < 0 {
		p.fails(e, unix.EPERM, unix.ENOSYS)
		return nil
	}
	r := &submissionRing{fd: int(e.Ret), polled: flags&sqePolled != 0}
	at := func(off int) uint32 { return binary.LittleEndian.Uint32(p.at(raw+uintptr(off), 4)) }
	var err error
	r.rings, err = unix.Mmap(r.fd, offSQ, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	p.check(err)
	r.entries, err = unix.Mmap(r.fd, offSQEs, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	p.check(err)
	if p.err != nil {
		return nil
	}
	r.tail = r.word(at(44))
	r.mask, r.array = *r.word(at(48)), at(64)
	r.cqHead = r.word(at(80))
	r.cqTail, r.cqMask, r.cqes = r.word(at(84)), *r.word(at(88)), at(100)
	return r
}

func (r *submissionRing) word(off uint32) *uint32 { return (*uint32)(unsafe.Pointer(&r.rings[off])) }

// entry is struct io_uring_sqe without what no case uses.
type entry struct {
	opcode, flags byte
	fd            int32
	off, addr     uint64
	length, op    uint32
	userData      uint64
	slot          uint32
}

// run hands one operation over, waits until it is done and returns its result.
func (r *submissionRing) run(p *performer, e entry) int32 {
	tail := atomic.LoadUint32(r.tail)
	index := tail & r.mask
	raw := append([]byte{e.opcode, e.flags, 0, 0}, halfWords(uint32(e.fd))...)
	raw = append(raw, words(e.off, e.addr)...)
	raw = append(append(raw, halfWords(e.length, e.op)...), words(e.userData)...)
	raw = append(raw, halfWords(0, e.slot, 0, 0, 0, 0)...)
	copy(r.entries[index*64:], raw)
	*r.word(r.array + index*4) = index
	before := atomic.LoadUint32(r.cqTail)
	atomic.StoreUint32(r.tail, tail+1)
	submit, flags := uintptr(1), uintptr(enterGetEvents)
	if r.polled {
		submit, flags = 0, enterGetEvents|enterWakeup
	}
	for limit := time.Now().Add(10 * time.Second); atomic.LoadUint32(r.cqTail) == before; {
		if time.Now().After(limit) {
			p.check(fmt.Errorf("operation %d of a ring does not end", e.opcode))
			return -int32(unix.ETIMEDOUT)
		}
		_, _, errno := unix.Syscall6(unix.SYS_IO_URING_ENTER, uintptr(r.fd), submit, 1, flags, 0, 0)
		if errno != 0 && errno != unix.EINTR {
			p.check(errno)
			return -int32(errno)
		}
		submit = 0
	}
	result := int32(*r.word(r.cqes + before&r.cqMask*16 + 8))
	atomic.StoreUint32(r.cqHead, before+1)
	return result
}

// rings carry operations that no syscall shows: in this thread, in a worker's,
// and in one that polls.
func (p *performer) rings() {
	before := len(p.list)
	ring := p.openRing(0)
	if ring == nil {
		return
	}
	// Before 6.0 the kernel's tracepoints do not hand over requests.
	if ring.run(p, entry{opcode: opNop, userData: 1 << 40}) != 0 || kernelBefore(6, 0) {
		p.list = p.list[:before]
		return
	}
	p.submitted("nop", opNop, 0, 1<<40).none("fd", "pathname")
	p.ringOpens(ring, 0)
	p.ringConnects(ring)
	p.ringNames(ring)
	fd, err := unix.Open(p.file("ring-written"), unix.O_RDWR, 0)
	p.check(err)
	ring.run(p, entry{opcode: opWrite, fd: int32(fd), addr: uint64(p.text("ring")), length: 4, userData: 7})
	p.submitted("write", opWrite, 0, 7).number("fd", int32(fd)).none("pathname")
	p.ringOpens(ring, sqeAsync)
	p.polledRing()
}

// polledRing opens without any syscall at all: a thread of the kernel's looks at
// the ring.
func (p *performer) polledRing() {
	ring := p.openRing(sqePolled)
	if ring == nil {
		return
	}
	result := ring.run(p, entry{opcode: opOpenat, fd: unix.AT_FDCWD, addr: uint64(p.text("ring-opened")), op: unix.O_RDONLY, userData: 5})
	e := p.submitted("openat", opOpenat, 0, 5).number("fd", unix.AT_FDCWD).path("pathname", "ring-opened")
	e.AnyThread = true
	p.ringOpened(result, p.dir+"/ring-opened", 0, sqeAsync)
}

// submitted expects the event of an operation's handing over.
func (p *performer) submitted(name string, opcode, flags int, data uint64) *expected {
	e := &expected{Where: p.where, Event: "io_uring_submit", Args: map[string]string{}}
	p.note(e)
	return e.with("opcode", event.Uint(uint64(opcode))).with("operation", event.String("IORING_OP_"+strings.ToUpper(name))).
		with("flags", event.Uint(uint64(flags))).with("user_data", event.Uint(data))
}

// ringOpens opens by a ring. A worker is another thread, of which only the
// files are known.
func (p *performer) ringOpens(r *submissionRing, flags byte) {
	path := p.file("ring-opened")
	name, data := uint64(p.text("ring-opened")), uint64(unix.Gettid())<<8|uint64(flags)
	result := r.run(p, entry{opcode: opOpenat, flags: flags, fd: unix.AT_FDCWD, addr: name, op: unix.O_RDWR, userData: data})
	p.submitted("openat", opOpenat, int(flags), data).number("fd", unix.AT_FDCWD).path("pathname", "ring-opened")
	p.ringOpened(result, path, 0, flags)
	how := p.put(words(unix.O_CREAT|unix.O_WRONLY, 0o600, 0))
	result = r.run(p, entry{opcode: opOpenat2, flags: flags, fd: unix.AT_FDCWD, addr: name, length: 24, off: uint64(how), userData: data})
	p.submitted("openat2", opOpenat2, int(flags), data).number("fd", unix.AT_FDCWD).path("pathname", "ring-opened").mayBeAsync()
	p.ringOpened(result, path, unix.O_CREAT, sqeAsync)
	missing := uint64(p.text("ring-missing"))
	if got := r.run(p, entry{opcode: opOpenat, flags: flags, fd: unix.AT_FDCWD, addr: missing, userData: data}); got != -int32(unix.ENOENT) {
		p.check(unix.Errno(-got))
	}
	p.submitted("openat", opOpenat, int(flags), data).number("fd", unix.AT_FDCWD).path("pathname", "ring-missing")
}

// mayBeAsync says that the kernel may have chosen to let a worker do it, because
// it could block.
func (e *expected) mayBeAsync() *expected {
	e.Args["flags"] = eitherAsync
	return e
}

// eitherAsync are the flags of an operation for which nothing was asked.
const eitherAsync = "0 or async"

func (p *performer) ringOpened(result int32, path string, asked int, flags byte) {
	if result < 0 {
		p.check(unix.Errno(-result))
		return
	}
	kept, err := unix.FcntlInt(uintptr(result), unix.F_GETFL, 0)
	p.check(err)
	last := p.list[len(p.list)-1]
	e := p.derived("security_file_open", last).path("pathname", path).with("names_differ", event.Bool(false)).
		number("flags", int32(kept|asked)).none("syscall_pathname")
	e.ByRing, e.AnyThread, e.Ret = true, flags&sqeAsync != 0, int64(result)
	p.inode(e, int(result), true)
}

func (p *performer) ringConnects(r *submissionRing) {
	server, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	p.check(err)
	p.check(unix.Bind(server, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	p.check(unix.Listen(server, 1))
	for i, to := range []sockaddr{p.bound(server, sockaddr{}), inet("127.0.0.1", 1)} {
		client, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
		p.check(err)
		result := r.run(p, entry{opcode: opConnect, fd: int32(client), addr: uint64(p.put(to.raw)), off: 16, userData: 99})
		if result != []int32{0, -int32(unix.ECONNREFUSED)}[i] {
			p.check(unix.Errno(-result))
		}
		call := p.submitted("connect", opConnect, 0, 99).number("fd", int32(client)).none("pathname")
		e := p.derived("security_socket_connect", call).number("type", unix.SOCK_STREAM).with("remote_addr", to.value()).none("sockfd")
		e.ByRing, e.Ret = true, int64(result)
	}
}

func (p *performer) ringNames(r *submissionRing) {
	p.file("ring-old")
	text := func(s string) uint64 { return uint64(p.text(s)) }
	for _, c := range []struct {
		name  string
		path  string
		entry entry
	}{
		{"mkdirat", "ring-made", entry{opcode: opMkdirat, fd: unix.AT_FDCWD, addr: text("ring-made"), length: 0o700}},
		{"renameat", "ring-old", entry{
			opcode: opRenameat, fd: unix.AT_FDCWD, addr: text("ring-old"),
			length: unix.AT_FDCWD & 0xffffffff, off: text("ring-new"),
		}},
		{"unlinkat", "ring-new", entry{opcode: opUnlinkat, fd: unix.AT_FDCWD, addr: text("ring-new")}},
	} {
		if result := r.run(p, c.entry); result != 0 {
			p.check(unix.Errno(-result))
		}
		p.submitted(c.name, int(c.entry.opcode), 0, 0).number("fd", unix.AT_FDCWD).path("pathname", c.path).mayBeAsync()
	}
}
