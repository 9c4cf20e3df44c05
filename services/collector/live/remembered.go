package live

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/weirsec/weir/schemas/interest"
)

// interestFile is where the interest is kept, in the spool's directory.
const interestFile = "interest.json"

// Remembered is what signatures wanted when a collector of this machine last
// knew.
type Remembered struct {
	Interest interest.Interest
	// At is when it was written down.
	At time.Time
}

// Remembered returns the interest that an earlier process wrote down; ok is false
// where there is none, or no spool to keep it in. An error says what is wrong with
// the file, which is written anew as soon as the interest is known.
func (m *Machine) Remembered() (r Remembered, ok bool, err error) {
	if m.spool == nil {
		return r, false, nil
	}
	path := filepath.Join(m.spool.Dir(), interestFile)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return r, false, nil
	}
	if err != nil {
		return r, false, fmt.Errorf("read what signatures wanted: %w", err)
	}
	if info.Size() > interest.MaxBytes {
		return r, false, fmt.Errorf("read what signatures wanted: %s is too large: remove it", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return r, false, fmt.Errorf("read what signatures wanted: %w", err)
	}
	if r.Interest, err = interest.Parse(text); err != nil {
		return r, false, fmt.Errorf("read what signatures wanted: %s: %w", path, err)
	}
	r.At = info.ModTime()
	return r, true, nil
}

// Remember writes the interest down for the next process, where there is a spool.
func (m *Machine) Remember(wanted interest.Interest) error {
	if m.spool == nil {
		return nil
	}
	text, err := wanted.Encode()
	if err == nil {
		err = replaceFile(filepath.Join(m.spool.Dir(), interestFile), text)
	}
	if err != nil {
		return fmt.Errorf("write down what signatures want: %w", err)
	}
	return nil
}

// replaceFile writes a file so that it is there whole, or as it was before.
func replaceFile(path string, text []byte) error {
	temporary := path + ".new"
	f, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}
