package snapshot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/record"
	"github.com/weirsec/weir/services/collector"
	"github.com/weirsec/weir/services/collector/hierarchy"
)

// cgroups hands over every directory of the hierarchy: its inode is the
// cgroup's id. Whoever was given a cgroup may close it to others: what is below
// is then counted as one loss, and the rest goes on.
func (s *Snapshot) cgroups(ctx context.Context, to collector.Sink, b *record.Builder, now uint64) error {
	denied := 0
	err := filepath.WalkDir(s.groups.Mount, func(path string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return fs.SkipAll
		}
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if errors.Is(err, fs.ErrPermission) && d != nil && path != s.groups.Mount {
			denied++
			return nil
		}
		if err != nil || !d.IsDir() {
			return err
		}
		id := inode(path)
		if id == 0 {
			return nil // Removed meanwhile.
		}
		name := "/" + strings.TrimPrefix(strings.TrimPrefix(path, s.groups.Mount), "/")
		h := record.Header{Type: catalogue.ExistingCgroup, Hook: record.HookProcfs, Time: now, Sysno: -1}
		h.CgroupID = id
		b.Begin(h).Uint(0, id).Text(1, name).Uint(2, uint64(s.groups.ID))
		to.Record(b.End())
		return nil
	})
	if err != nil {
		return fmt.Errorf("snapshot: cgroups: %w", err)
	}
	lost(to, "existing_cgroup", denied)
	return nil
}

// cgroupID returns the id of the cgroup with that path, 0 where it is not seen
// from here.
func (s *Snapshot) cgroupID(path string) uint64 {
	return inode(filepath.Join(s.groups.Mount, path))
}

// unifiedID returns the id of a process's cgroup v2, which is id where that is the
// hierarchy that is used.
func (s *Snapshot) unifiedID(id uint64, procCgroup string) uint64 {
	if !s.groups.V1 || s.groups.Unified == "" {
		return id
	}
	path, known := hierarchy.Hierarchy{}.PathOf(procCgroup)
	if !known {
		return 0
	}
	return inode(filepath.Join(s.groups.Unified, path))
}

// inode returns the inode of a directory, 0 where there is none.
func inode(path string) uint64 {
	var st syscall.Stat_t
	if err := syscall.Stat(path, &st); err != nil {
		return 0
	}
	return st.Ino
}
