package sigfmt

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/weirsec/weir/services/detector/sigdir"
)

// maxFile is the largest file that is read, in bytes: as for signatures.
const maxFile = 1 << 20

// Files returns the Rego files that paths name: files as they are, and those
// below directories whose names end in .rego, without directories whose names
// begin with a dot. It returns an error for a path that is not there.
func Files(paths []string) ([]string, error) {
	var found []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			found = append(found, path)
			continue
		}
		err = sigdir.Walk(os.DirFS(path), func(name string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.Type().IsRegular() && strings.HasSuffix(name, ".rego"):
				found = append(found, filepath.Join(path, name))
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("look for Rego files: %w", err)
		}
	}
	return found, nil
}

// File formats one file and reports whether it was, or has to be, changed. With
// check it is only looked at. It is replaced as a whole, with its mode, so that
// whoever reads it sees the old text or the new one.
func File(path string, upgrade, check bool) (changed bool, err error) {
	// A link stays one: what it leads to is replaced.
	path, err = filepath.EvalSymlinks(path)
	if err != nil {
		return false, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return false, err
	}
	switch {
	case !info.Mode().IsRegular():
		return false, fmt.Errorf("not a regular file: %s", info.Mode().Type())
	case info.Size() > maxFile:
		return false, fmt.Errorf("%d bytes, a signature may have %d", info.Size(), maxFile)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return false, err
	}
	out, err := Format(path, text, upgrade)
	if err != nil || bytes.Equal(out, text) {
		return false, err
	}
	if check {
		return true, nil
	}
	return true, replace(path, out, info)
}

// replace puts a new text in the place of a file.
func replace(path string, text []byte, info fs.FileInfo) (err error) {
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write beside the file: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temp.Name()))
		}
	}()
	err = errors.Join(write(temp, text, info), temp.Close())
	if err != nil {
		return fmt.Errorf("write %s: %w", temp.Name(), err)
	}
	return os.Rename(temp.Name(), path)
}

// write fills the new file and gives it the mode and the owner of the old one.
func write(file *os.File, text []byte, info fs.FileInfo) error {
	if _, err := file.Write(text); err != nil {
		return err
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok {
		if err := file.Chown(int(owner.Uid), int(owner.Gid)); err != nil {
			return fmt.Errorf("keep the owner: %w", err)
		}
	}
	// After the owner: changing that takes special bits away.
	if err := file.Chmod(info.Mode().Perm()); err != nil {
		return err
	}
	return file.Sync()
}
