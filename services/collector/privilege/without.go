package privilege

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/cap"
)

// Without calls try in a thread that has no capabilities, and returns its
// error: what works there goes on to work when they are given up. The other
// threads keep theirs.
func Without(try func() error) error {
	alone := cap.FuncLauncher(func(any) error {
		if err := cap.NewSet().SetProc(); err != nil {
			return fmt.Errorf("try without privileges: %w", err)
		}
		return try()
	})
	_, err := alone.Launch(nil)
	return err
}

// ForReading returns what must be kept so that everything below these paths can
// be read later: nothing, where the process may do so anyway. Paths that do not
// exist are left out.
func ForReading(paths ...string) ([]Keep, error) {
	return forAccess(DACReadSearch, "to read ", unix.R_OK, paths)
}

// ForWriting is like ForReading for changing what is there.
func ForWriting(paths ...string) ([]Keep, error) {
	return forAccess(DACOverride, "to write to ", unix.R_OK|unix.W_OK, paths)
}

func forAccess(capability, because string, mode uint32, paths []string) ([]Keep, error) {
	var closed string
	err := Without(func() (err error) {
		for _, path := range paths {
			if closed, err = firstClosed(path, mode); closed != "" || err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look whether files can be used without privileges: %w", err)
	}
	if closed == "" {
		return nil, nil
	}
	return []Keep{{Name: capability, Because: because + closed}}, nil
}

// firstClosed returns the first path of a tree that does not allow the access,
// or "". Only the root may be a link.
func firstClosed(root string, mode uint32) (string, error) {
	var closed string
	real, err := filepath.EvalSymlinks(root)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return root, nil
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case err != nil:
		return "", err
	}
	err = filepath.WalkDir(real, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		need := mode
		if d != nil && d.IsDir() {
			need |= unix.X_OK
		}
		if err == nil {
			err = unix.Faccessat(unix.AT_FDCWD, path, need, unix.AT_EACCESS)
		}
		switch {
		case errors.Is(err, fs.ErrPermission):
			closed = path
			return fs.SkipAll
		case errors.Is(err, fs.ErrNotExist):
			return nil
		default:
			return err
		}
	})
	return closed, err
}
