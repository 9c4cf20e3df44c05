package watch

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/weirsec/weir/services/detector/sigdir"
)

// fingerprint is what can be seen of signature files without reading them, by
// their names.
type fingerprint map[string]fileFacts

type fileFacts struct {
	size     int64
	mode     fs.FileMode
	modified time.Time
}

func (f fingerprint) equal(other fingerprint) bool {
	return maps.EqualFunc(f, other, func(a, b fileFacts) bool {
		return a.size == b.size && a.mode == b.mode && a.modified.Equal(b.modified)
	})
}

// look takes the fingerprint of the files below the roots. Symbolic links are
// followed to the files that they mean.
func look(roots []string) fingerprint {
	seen := make(fingerprint)
	for _, root := range roots {
		walk(root, func(name string, entry fs.DirEntry) {
			if entry.IsDir() || !isSignatures(name) {
				return
			}
			if info, err := os.Stat(name); err == nil {
				seen[name] = fileFacts{info.Size(), info.Mode(), info.ModTime()}
			}
		})
	}
	return seen
}

// walk calls fn with what lies below root, from where signatures are loaded. The
// root itself may be a symbolic link.
func walk(root string, fn func(name string, entry fs.DirEntry)) {
	// The function returns no error but to leave a directory out.
	_ = sigdir.Walk(os.DirFS(root), func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // what cannot be read is told by whoever loads it
		}
		fn(filepath.Join(root, name), entry)
		return nil
	})
}

// isSignatures tells by the name whether a file may hold signatures: Rego, or Go
// code that is loaded as a plugin.
func isSignatures(name string) bool {
	return strings.HasSuffix(name, ".rego") || strings.HasSuffix(name, ".so")
}

func isDir(name string) bool {
	info, err := os.Lstat(name)
	return err == nil && info.IsDir()
}
