package spool

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

const suffix = ".seg"

// segment is one file of frames.
type segment struct {
	number uint64
	// size is where its good frames end; the file may be longer.
	size int64
}

func (s *Spool) path(number uint64) string {
	return filepath.Join(s.cfg.Dir, fmt.Sprintf("%016x%s", number, suffix))
}

// lockDir makes the directory and takes it for this process.
func lockDir(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, dirError(dir, err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, dirError(dir, err)
	}
	err = unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = ErrInUse
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("spool directory %s: %w", dir, err), lock.Close())
	}
	return lock, nil
}

// listSegments returns the segments of the directory, oldest first. Files of
// other names are left alone.
func listSegments(dir string) ([]segment, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, dirError(dir, err)
	}
	var list []segment
	for _, f := range files {
		text, ok := strings.CutSuffix(f.Name(), suffix)
		number, err := strconv.ParseUint(text, 16, 64)
		if !ok || err != nil || len(text) != 16 {
			continue
		}
		info, err := f.Info()
		if err != nil {
			return nil, dirError(dir, err)
		}
		if info.Mode().IsRegular() {
			list = append(list, segment{number, info.Size()})
		}
	}
	slices.SortFunc(list, func(a, b segment) int {
		if a.number < b.number {
			return -1
		}
		return 1
	})
	return list, nil
}

// syncDir makes the names of new files survive a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// space returns how many bytes of the disk may be used, and how large it is.
func space(dir string) (free, size int64, err error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return 0, 0, fmt.Errorf("look at the disk of %s: %w", dir, err)
	}
	return int64(fs.Bavail) * fs.Bsize, int64(fs.Blocks) * fs.Bsize, nil
}
