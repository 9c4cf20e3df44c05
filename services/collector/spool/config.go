package spool

import (
	"errors"
	"fmt"
)

const (
	// minBytes holds some of the largest entries.
	minBytes = 4 << 20
	// maxSegment and minSegment bound the files: small enough that space comes
	// back soon, large enough that there are few.
	maxSegment, minSegment = 16 << 20, 64 << 10
	// maxReserve is the most that is left free by default.
	maxReserve = 1 << 30
)

// Config says where the spool is and how large it may become.
type Config struct {
	// Dir is created where it is missing and belongs to one process at a time.
	Dir string
	// Bytes is the most that the segments may take, at least 4 MiB.
	Bytes int64
	// Reserve is how much of the disk must stay free for others; 0 means a tenth
	// of it, at most 1 GiB.
	Reserve int64
}

// Validate reports every mistake in the configuration.
func (c Config) Validate() error {
	var errs []error
	if c.Dir == "" {
		errs = append(errs, errors.New("spool: no directory given: set --spool-dir"))
	}
	if c.Bytes < minBytes {
		errs = append(errs, fmt.Errorf("spool: %d bytes are too few: want at least %d, or 0 for no spool", c.Bytes, int64(minBytes)))
	}
	if c.Reserve < 0 {
		errs = append(errs, fmt.Errorf("spool: reserve %d is negative", c.Reserve))
	}
	return errors.Join(errs...)
}

// segmentBytes is from which size on a segment is followed by another.
func (c Config) segmentBytes() int64 { return min(maxSegment, max(minSegment, c.Bytes/32)) }
