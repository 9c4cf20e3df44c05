package probe

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// bell is how the reader sleeps until a record comes or it is told to stop.
type bell struct {
	// event stays signalled once it is told to stop; knock is read at once.
	epoll, event, knock int
	memory              []byte
}

func openBell(doorbell *ebpf.Map, rings ...*ring) (*bell, error) {
	memory, err := unix.Mmap(doorbell.FD(), 0, os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map doorbell: %w", err)
	}
	b := &bell{memory: memory, epoll: -1, event: -1, knock: -1}
	if b.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, errors.Join(fmt.Errorf("epoll: %w", err), b.close())
	}
	if b.event, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return nil, errors.Join(fmt.Errorf("eventfd: %w", err), b.close())
	}
	if b.knock, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return nil, errors.Join(fmt.Errorf("eventfd: %w", err), b.close())
	}
	fds := []int{b.event, b.knock}
	for _, r := range rings {
		fds = append(fds, r.fd)
	}
	for _, fd := range fds {
		e := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}
		if err := unix.EpollCtl(b.epoll, unix.EPOLL_CTL_ADD, fd, &e); err != nil {
			return nil, errors.Join(fmt.Errorf("epoll: %w", err), b.close())
		}
	}
	return b, nil
}

// stopOn makes sleep return at once and for ever when ctx ends.
func (b *bell) stopOn(ctx context.Context) (cancel func() bool) {
	return context.AfterFunc(ctx, func() {
		_, _ = unix.Write(b.event, []byte{1, 0, 0, 0, 0, 0, 0, 0})
	})
}

// wake makes the sleep at hand, or the next one, return at once.
func (b *bell) wake() { _, _ = unix.Write(b.knock, []byte{1, 0, 0, 0, 0, 0, 0, 0}) }

// sleep waits for a record, the end or the time limit. arrived is asked once
// more after the bell is set: a producer looks at the bell after it has
// written, so one of the two sees the other.
func (b *bell) sleep(limit time.Duration, arrived func() bool) error {
	// The exchange is a full barrier; a plain store could pass the read below.
	atomic.SwapUint64(word(b.memory), 1)
	defer atomic.StoreUint64(word(b.memory), 0)
	if arrived() {
		return nil
	}
	var events [4]unix.EpollEvent
	n, err := unix.EpollWait(b.epoll, events[:], int(limit.Milliseconds()))
	if err != nil && !errors.Is(err, unix.EINTR) {
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
	for _, fd := range []int{b.epoll, b.event, b.knock} {
		if fd >= 0 {
			errs = append(errs, unix.Close(fd))
		}
	}
	return errors.Join(errs...)
}
