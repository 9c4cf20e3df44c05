package plugin

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
)

// errStatic is what a program without cgo says of every plugin.
var errStatic = errors.New("this build cannot load Go plugins: make detector-plugin builds one that can")

// lookup finds an exported symbol; variables come as pointers to them.
type lookup func(name string) (any, error)

// opened is what the process has of one file.
type opened struct {
	// digest is that of the content whose code is there.
	digest string
	find   lookup
	// err is why the file must not be opened again: its code panicked half way,
	// and Go would wait for it for ever.
	err error
}

// attempt opens a file for the first time. Without a digest it was not loaded,
// and may be tried again.
func attempt(path, digest string) (o opened) {
	o.digest = digest
	defer func() {
		if value := recover(); value != nil {
			o.err = fmt.Errorf("the plugin panics when it is loaded: %v; mend it and start this program again", value)
		}
	}()
	info, err := isPlugin(path)
	if err != nil {
		return opened{err: err}
	}
	if o.find, err = open(path); err != nil {
		return opened{err: explain(err, info)}
	}
	return o
}

// digestOf hashes a file that may be loaded: plain, and not for everybody to
// write to, because its code gets all rights of this program.
func digestOf(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("not a regular file: %s", info.Mode().Type())
	}
	if info.Mode().Perm()&0o002 != 0 {
		return "", fmt.Errorf("everybody may write to it (%s), and its code would run with all rights of this program: chmod o-w it",
			info.Mode().Perm())
	}
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
}
