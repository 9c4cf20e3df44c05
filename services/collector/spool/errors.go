package spool

import (
	"errors"
	"fmt"
)

var (
	// ErrFull says that the spool has as many bytes as it may.
	ErrFull = errors.New("spool: full")
	// ErrInUse says that another process has the directory.
	ErrInUse = errors.New("in use by another collector")
	// ErrSpace says that the disk has too little free space.
	ErrSpace = errors.New("too little free space on the disk")
	// ErrClosed says that the spool was closed.
	ErrClosed = errors.New("spool: closed")
)

// DamageError says which part of a segment could not be read.
type DamageError struct {
	// File is the segment's path, Offset where the damage begins.
	File   string
	Offset int64
	// Reason says what is wrong there.
	Reason string
}

// Error names the place and the reason.
func (e *DamageError) Error() string {
	return fmt.Sprintf("spool: %s at byte %d: %s", e.File, e.Offset, e.Reason)
}

// dirError adds to an error of the directory what can be done.
func dirError(dir string, err error) error {
	return fmt.Errorf("cannot spool to %s: %w: give the directory to the user that this runs as, choose another "+
		"with --spool-dir, or do without by --spool-bytes 0", dir, err)
}
