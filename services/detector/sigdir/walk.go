package sigdir

import (
	"io/fs"
	"strings"
)

// Walk calls fn like [fs.WalkDir] with all that is below the root of fsys, but
// for directories whose names begin with a dot: there version control and
// Kubernetes keep older versions of what they show beside them.
func Walk(fsys fs.FS, fn fs.WalkDirFunc) error {
	return fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && name != "." && strings.HasPrefix(entry.Name(), ".") {
			return fs.SkipDir
		}
		return fn(name, entry, err)
	})
}
