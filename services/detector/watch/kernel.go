package watch

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fsnotify/fsnotify"
)

// dataLink is the symbolic link by which Kubernetes swaps all files of a
// mounted ConfigMap or Secret at once.
const dataLink = "..data"

// extend has the kernel watch every directory that is there now, and the
// parents of the roots, where a root is replaced or comes back.
func (w *Watcher) extend() {
	if w.kernel == nil {
		return
	}
	now := make(map[string]bool)
	for _, root := range w.roots {
		now[filepath.Dir(root)] = true
		for _, dir := range directories(root) {
			now[dir] = true
		}
	}
	for dir := range w.watched {
		if !now[dir] {
			// It is gone, and the kernel knows already.
			_ = w.kernel.Remove(dir)
			delete(w.watched, dir)
		}
	}
	for dir := range now {
		// A directory of the same name may be another one by now, which adding
		// it again finds out.
		err := w.kernel.Add(dir)
		switch {
		case err == nil:
			w.watched[dir] = true
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
			delete(w.watched, dir)
		default:
			w.unwatchable(err)
			return
		}
	}
}

// directories returns a directory and all below it that signatures are loaded
// from. Those that cannot be read are left out: loading tells of them.
func directories(root string) []string {
	var found []string
	walk(root, func(name string, entry fs.DirEntry) {
		if entry.IsDir() {
			found = append(found, name)
		}
	})
	return found
}

// matters reports whether an event may change what is loaded.
func (w *Watcher) matters(e fsnotify.Event) bool {
	base := filepath.Base(e.Name)
	switch {
	case slices.Contains(w.roots, e.Name):
		return true
	case !w.inside(e.Name):
		return false
	case base == dataLink:
		return true
	case strings.HasPrefix(base, "."):
		return false
	case isSignatures(base), w.watched[e.Name]:
		return true
	default:
		// A directory that comes may bring files with it.
		return e.Has(fsnotify.Create) && isDir(e.Name)
	}
}

// inside reports whether a path lies below one of the roots.
func (w *Watcher) inside(name string) bool {
	return slices.ContainsFunc(w.roots, func(root string) bool {
		return strings.HasPrefix(name, strings.TrimSuffix(root, "/")+"/")
	})
}
