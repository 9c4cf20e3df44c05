package embed

import (
	"errors"
	"fmt"
)

var (
	// ErrInUse says that another process has the data directory.
	ErrInUse = errors.New("data directory in use")
	// ErrNotWritable says that the data directory cannot be written.
	ErrNotWritable = errors.New("data directory not writable")
	// ErrPortBusy says that another program has the address to listen on.
	ErrPortBusy = errors.New("address in use")
	// ErrRemote says that others than this machine could connect.
	ErrRemote = errors.New("listening beyond loopback without authentication is refused")
)

// SpaceError says that the disk has too little space left.
type SpaceError struct {
	Dir string
	// Needed, Free and Reserve are bytes; Reserve is part of Needed.
	Needed, Free, Reserve int64
}

// Error names the directory, what is needed and what there is.
func (e *SpaceError) Error() string {
	return fmt.Sprintf("too little space for %s: %d MiB needed (%d of them to stay free), %d MiB free: "+
		"free some or choose another --data-dir", e.Dir, e.Needed>>20, e.Reserve>>20, e.Free>>20)
}
