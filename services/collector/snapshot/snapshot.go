package snapshot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/record"
	"github.com/weirsec/weir/services/collector"
	"github.com/weirsec/weir/services/collector/hierarchy"
)

// Snapshot hands over what there is and ends.
type Snapshot struct {
	procDir string
	groups  hierarchy.Hierarchy
	partial int
}

// New returns the snapshot of the machine whose /proc is at procDir.
func New(procDir string) (*Snapshot, error) {
	h, err := hierarchy.Find(procDir)
	if err != nil {
		return nil, fmt.Errorf("snapshot: %w", err)
	}
	return &Snapshot{procDir: procDir, groups: h}, nil
}

// Run hands over one existing_cgroup for each cgroup, then one existing_process
// for each process, parents first as far as pids tell. What ends while it is
// being read is left out.
func (s *Snapshot) Run(ctx context.Context, to collector.Sink) error {
	now, err := bootNow()
	if err != nil {
		return err
	}
	var b record.Builder
	if err := s.cgroups(ctx, to, &b, now); err != nil {
		return err
	}
	processes, denied, err := s.processes()
	if err != nil {
		return err
	}
	lost(to, "existing_process", denied)
	byPID := map[int32]process{}
	for _, p := range processes {
		byPID[p.pid] = p
	}
	for _, p := range processes {
		select {
		case <-ctx.Done():
			return nil
		default:
		}
		s.process(&b, p, byPID[p.ppid], now)
		to.Record(b.End())
	}
	return nil
}

// Partial returns of how many processes the program or the namespaces could not
// be seen, once Run has ended.
func (s *Snapshot) Partial() int { return s.partial }

// lost tells of what is there and may not be looked at.
func lost(to collector.Sink, event string, n int) {
	if n > 0 {
		now := time.Now().UnixNano()
		to.Lost(&eventpb.Loss{Reason: "denied", Event: event, Count: uint64(n), FirstTime: now, LastTime: now})
	}
}

func bootNow() (uint64, error) {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		return 0, fmt.Errorf("snapshot: boot clock: %w", err)
	}
	return uint64(t.Nano()), nil
}

// processes lists what /proc shows, by pid, and counts what it hides: with the
// option hidepid it keeps other users' processes from who may not trace them.
func (s *Snapshot) processes() (list []process, denied int, err error) {
	entries, err := os.ReadDir(s.procDir)
	if err != nil {
		return nil, 0, fmt.Errorf("snapshot: %w", err)
	}
	for _, e := range entries {
		pid, err := strconv.ParseInt(e.Name(), 10, 32)
		if err != nil {
			continue
		}
		p, err := readProcess(filepath.Join(s.procDir, e.Name()), int32(pid))
		switch {
		case gone(err):
		case errors.Is(err, fs.ErrPermission):
			denied++
		case err != nil:
			return nil, 0, fmt.Errorf("snapshot: process %d: %w", pid, err)
		default:
			if p.denied {
				s.partial++
			}
			list = append(list, p)
		}
	}
	return list, denied, nil
}

// gone reports whether a process ended while it was being read.
func gone(err error) bool {
	return errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ESRCH)
}
