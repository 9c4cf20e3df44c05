package probe

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// alarm is what wakes a sleeping reader, besides the end and wake. The numbers
// are those of enum bell in bpf/headers/maps.h.
type alarm uint64

const (
	silent   alarm = 0 // It reads.
	onRecord alarm = 1 // The next record.
	onFilled alarm = 2 // The record with which a ring is filled by an eighth.
)

// filledPart is which part of a ring that is.
const filledPart = 8

// bell is how the reader sleeps until a record comes or it is told to stop.
type bell struct {
	// event stays signalled once it is told to stop; knock is read at once.
	event, knock int
	// epoll waits for both and for the rings, and file for epoll, by the poller
	// of Go's runtime: a thread in a system call would cost another one that
	// looks after it.
	epoll  int
	file   *os.File
	raw    syscall.RawConn
	memory []byte
}

func openBell(doorbell *ebpf.Map, rings ...*ring) (*bell, error) {
	memory, err := unix.Mmap(doorbell.FD(), 0, os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map doorbell: %w", err)
	}
	b := &bell{memory: memory, epoll: -1, event: -1, knock: -1}
	if err := b.open(rings); err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

func (b *bell) open(rings []*ring) (err error) {
	if b.event, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return fmt.Errorf("eventfd: %w", err)
	}
	if b.knock, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return fmt.Errorf("eventfd: %w", err)
	}
	if b.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	watch := func(fd int, events uint32) error {
		return unix.EpollCtl(b.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: events, Fd: int32(fd)})
	}
	errs := []error{watch(b.event, unix.EPOLLIN), watch(b.knock, unix.EPOLLIN)}
	for _, r := range rings {
		// That there are records is no reason to wake: only the bell is.
		errs = append(errs, watch(r.fd, unix.EPOLLIN|unix.EPOLLET))
	}
	errs = append(errs, unix.SetNonblock(b.epoll, true))
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	// From here on the file closes it.
	b.file, b.epoll = os.NewFile(uintptr(b.epoll), "bell"), -1
	if b.raw, err = b.file.SyscallConn(); err != nil {
		return fmt.Errorf("poll: %w", err)
	}
	return nil
}

// stopOn makes sleep return at once and for ever when ctx ends.
func (b *bell) stopOn(ctx context.Context) (cancel func() bool) {
	return context.AfterFunc(ctx, func() {
		_, _ = unix.Write(b.event, []byte{1, 0, 0, 0, 0, 0, 0, 0})
	})
}

// wake makes the sleep at hand, or the next one, return at once.
func (b *bell) wake() { _, _ = unix.Write(b.knock, []byte{1, 0, 0, 0, 0, 0, 0, 0}) }

// sleep waits for the alarm, the end or the time limit. over is asked once more
// after the alarm is set, whether there is what it is for: a producer looks at it
// after it has written, so one of the two sees the other.
func (b *bell) sleep(limit time.Duration, on alarm, over func() bool) error {
	// The exchange is a full barrier; a plain store could pass the read below.
	atomic.SwapUint64(word(b.memory), uint64(on))
	defer atomic.StoreUint64(word(b.memory), uint64(silent))
	if over() {
		return nil
	}
	if err := b.file.SetReadDeadline(time.Now().Add(limit)); err != nil {
		return fmt.Errorf("wait for records: %w", err)
	}
	var events [4]unix.EpollEvent
	var n int
	var failed error
	err := b.raw.Read(func(fd uintptr) bool {
		n, failed = unix.EpollWait(int(fd), events[:], 0)
		return n != 0
	})
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(failed, unix.EINTR) {
		return nil
	}
	if err := errors.Join(err, failed); err != nil {
		return fmt.Errorf("wait for records: %w", err)
	}
	for _, e := range events[:max(n, 0)] {
		if int(e.Fd) == b.knock {
			var count [8]byte
			_, _ = unix.Read(b.knock, count[:])
		}
	}
	return nil
}

func (b *bell) close() error {
	errs := []error{unix.Munmap(b.memory)}
	if b.file != nil {
		errs = append(errs, b.file.Close())
	}
	for _, fd := range []int{b.epoll, b.event, b.knock} {
		if fd >= 0 {
			errs = append(errs, unix.Close(fd))
		}
	}
	return errors.Join(errs...)
}
