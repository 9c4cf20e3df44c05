package embed

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

const lockName = "weir.lock"

// lockDir makes the directory and takes it for this process; closing the file
// gives it back, and so does the process's end.
func lockDir(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, dirError(dir, err)
	}
	file, err := os.OpenFile(filepath.Join(dir, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, dirError(dir, err)
	}
	err = unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err == nil {
		return file, nil
	}
	_ = file.Close()
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, fmt.Errorf("%w: another weir uses %s: stop it or choose another --data-dir", ErrInUse, dir)
	}
	return nil, fmt.Errorf("lock %s: %w", dir, err)
}

func dirError(dir string, err error) error {
	switch {
	case errors.Is(err, unix.EROFS):
		return fmt.Errorf("%w: %s is on a read-only file system: choose another --data-dir: %w", ErrNotWritable, dir, err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: %s: give this user the right to write there or choose another --data-dir: %w",
			ErrNotWritable, dir, err)
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
		return fmt.Errorf("%w: %s: the disk or the quota is full: %w", ErrNotWritable, dir, err)
	default:
		return fmt.Errorf("%w: %s: %w", ErrNotWritable, dir, err)
	}
}

// storage returns how many bytes the server may use: what was asked for, or
// what the disk gives, counting what the directory holds already.
func storage(dir string, want, reserve int64) (int64, error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(dir, &stat); err != nil {
		return 0, fmt.Errorf("look at the disk of %s: %w", dir, err)
	}
	free := int64(stat.Bavail) * stat.Bsize
	used, err := size(dir)
	if err != nil {
		return 0, err
	}
	usable := used + free - reserve
	if usable < minBytes {
		return 0, &SpaceError{Dir: dir, Needed: minBytes + reserve - used, Free: free, Reserve: reserve}
	}
	return min(want, usable), nil
}

// size returns how much the directory holds. All of it must be writable: NATS
// would otherwise begin and fail at the first stream of another user.
func size(dir string) (int64, error) {
	var sum int64
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil {
			err = unix.Faccessat(unix.AT_FDCWD, path, unix.W_OK, unix.AT_EACCESS)
		}
		if errors.Is(err, fs.ErrPermission) {
			return dirError(dir, fmt.Errorf("%s: %w", path, fs.ErrPermission))
		}
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			sum += info.Size()
		}
		return err
	})
	if err != nil && !errors.Is(err, ErrNotWritable) {
		err = fmt.Errorf("look at what %s holds: %w", dir, err)
	}
	return sum, err
}
