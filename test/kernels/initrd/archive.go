package initrd

import (
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// trailer is the name that ends an archive.
const trailer = "TRAILER!!!"

// Archive writes entries in the order of the calls. Folders above an entry are
// made by themselves. Paths are absolute in the guest.
type Archive struct {
	w     io.Writer
	inode uint32
	made  map[string]bool
}

// New begins an archive.
func New(w io.Writer) *Archive { return &Archive{w: w, made: map[string]bool{"": true}} }

// Dir adds an empty folder.
func (a *Archive) Dir(name string) error {
	name = clean(name)
	if a.made[name] {
		return nil
	}
	if err := a.parents(name); err != nil {
		return err
	}
	a.made[name] = true
	return a.entry(name, unix.S_IFDIR|0o755, 0, "")
}

// Bytes adds a file with that content.
func (a *Archive) Bytes(name string, mode fs.FileMode, data string) error {
	if err := a.parents(clean(name)); err != nil {
		return err
	}
	return a.entry(clean(name), unix.S_IFREG|uint32(mode.Perm()), 0, data)
}

// File adds a copy of the host's file, with its permissions.
func (a *Archive) File(name, from string) error {
	info, err := os.Stat(from)
	if err != nil {
		return fmt.Errorf("initrd: %w", err)
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return fmt.Errorf("initrd: %w", err)
	}
	return a.Bytes(name, info.Mode(), string(data))
}

// Tree adds the regular files below the host's folder from that keep accepts;
// it is asked for folders too, which are left out with all that is in them.
func (a *Archive) Tree(name, from string, keep func(rel string, d fs.DirEntry) bool) error {
	return filepath.WalkDir(from, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("initrd: %w", err)
		}
		rel, err := filepath.Rel(from, p)
		if err != nil {
			return fmt.Errorf("initrd: %w", err)
		}
		switch {
		case rel == ".":
			return a.Dir(name)
		case d.IsDir() && !keep(rel, d):
			return fs.SkipDir
		case d.IsDir():
			return a.Dir(path.Join(name, filepath.ToSlash(rel)))
		case !d.Type().IsRegular() || !keep(rel, d):
			return nil
		}
		return a.File(path.Join(name, filepath.ToSlash(rel)), p)
	})
}

// Link adds a symbolic link.
func (a *Archive) Link(name, target string) error {
	if err := a.parents(clean(name)); err != nil {
		return err
	}
	return a.entry(clean(name), unix.S_IFLNK|0o777, 0, target)
}

// Device adds the node of a character device.
func (a *Archive) Device(name string, mode fs.FileMode, major, minor uint32) error {
	if err := a.parents(clean(name)); err != nil {
		return err
	}
	return a.entry(clean(name), unix.S_IFCHR|uint32(mode.Perm()), unix.Mkdev(major, minor), "")
}

// Close ends the archive. It does not close the writer.
func (a *Archive) Close() error { return a.entry(trailer, 0, 0, "") }

func (a *Archive) parents(name string) error {
	if dir := path.Dir(name); dir != "." {
		return a.Dir(dir)
	}
	return nil
}

// entry writes a header of thirteen numbers of eight hex digits, the name and
// the data, both filled up to a multiple of four bytes.
func (a *Archive) entry(name string, mode uint32, device uint64, data string) error {
	if len(data) > math.MaxInt32 {
		return fmt.Errorf("initrd: %s has %d bytes: the format allows %d", name, len(data), math.MaxInt32)
	}
	a.inode++
	header := []byte("070701")
	for _, n := range []uint32{
		a.inode, mode, 0, 0, 1, 0, uint32(len(data)), 0, 0,
		unix.Major(device), unix.Minor(device), uint32(len(name) + 1), 0,
	} {
		header = fmt.Appendf(header, "%08x", n)
	}
	header = append(header, name+"\x00"...)
	for _, part := range []string{string(header), fill(len(header)), data, fill(len(data))} {
		if _, err := io.WriteString(a.w, part); err != nil {
			return fmt.Errorf("initrd: %w", err)
		}
	}
	return nil
}

func fill(length int) string { return "\x00\x00\x00"[:(4-length%4)%4] }

func clean(name string) string { return strings.TrimPrefix(path.Clean("/"+name), "/") }
