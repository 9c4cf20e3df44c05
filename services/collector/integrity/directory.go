package integrity

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/bpf"
)

// What the pointers are called in the event; as Tracee does.
const (
	pointerOfTable  = "struct file_operations pointer"
	pointerOfShared = "iterate_shared"
	pointerOfOlder  = "iterate"
)

// directories are /proc and those in it, of processes only this one's.
func directories(procDir string) ([]string, error) {
	entries, err := os.ReadDir(procDir)
	if err != nil {
		return nil, err
	}
	list := []string{procDir}
	for _, e := range entries {
		if _, err := strconv.Atoi(e.Name()); err != nil && (e.IsDir() || e.Type()&os.ModeSymlink != 0) {
			list = append(list, filepath.Join(procDir, e.Name()))
		}
	}
	for _, name := range []string{"fd", "task", "net", "ns"} {
		list = append(list, filepath.Join(procDir, "self", name))
	}
	return list, nil
}

// operationsOf opens a directory and looks where the kernel goes for it.
func operationsOf(kernel Kernel, name string) (bpf.FileOperations, error) {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return bpf.FileOperations{}, fmt.Errorf("open %s: %w", name, err)
	}
	defer func() { _ = unix.Close(fd) }()
	return kernel.FileOperations(fd)
}

// pointer is an address that a directory of /proc has.
type pointer struct {
	name    string
	address uint64
}

// checkOperations returns the pointers that leave the kernel's own code and, of
// the table itself, its memory. What other file systems do there, such as
// binfmt_misc, is not looked at.
func checkOperations(ops bpf.FileOperations, where layout) []pointer {
	if ops.Magic != unix.PROC_SUPER_MAGIC {
		return nil
	}
	var found []pointer
	if where.image.known() && ops.Table != 0 && !where.image.holds(ops.Table) {
		found = append(found, pointer{pointerOfTable, ops.Table})
	}
	for _, p := range []pointer{{pointerOfShared, ops.IterateShared}, {pointerOfOlder, ops.Iterate}} {
		if p.address != 0 && !where.text.holds(p.address) {
			found = append(found, p)
		}
	}
	return found
}
