package load

import (
	"io/fs"
	"path"
	"time"
)

// view is a directory as one load sees it: it remembers what was read, and
// gives some files as they once were.
type view struct {
	fs.FS
	earlier map[string]string
	read    map[string]string
}

func newView(of fs.FS, earlier map[string]string) *view {
	return &view{FS: of, earlier: earlier, read: make(map[string]string)}
}

// Stat describes a file.
func (v *view) Stat(name string) (fs.FileInfo, error) {
	if text, ok := v.earlier[name]; ok {
		return earlierFile{path.Base(name), int64(len(text))}, nil
	}
	return fs.Stat(v.FS, name)
}

// ReadFile returns a file's text and remembers it.
func (v *view) ReadFile(name string) ([]byte, error) {
	if text, ok := v.earlier[name]; ok {
		return []byte(text), nil
	}
	text, err := fs.ReadFile(v.FS, name)
	if err == nil {
		v.read[name] = string(text)
	}
	return text, err
}

// earlierFile describes a file that is in memory only.
type earlierFile struct {
	name string
	size int64
}

// Name is the last part of the file's path.
func (f earlierFile) Name() string { return f.name }

// Size is in bytes.
func (f earlierFile) Size() int64 { return f.size }

// Mode is that of a plain file.
func (earlierFile) Mode() fs.FileMode { return 0o444 }

// ModTime is not known.
func (earlierFile) ModTime() time.Time { return time.Time{} }

// IsDir is false.
func (earlierFile) IsDir() bool { return false }

// Sys is nothing.
func (earlierFile) Sys() any { return nil }
