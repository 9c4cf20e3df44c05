package dns

import (
	"errors"
	"time"
)

// How long an answer holds, whatever it says itself.
const (
	// MinTTL is the least: a connection comes a moment after the answer, also
	// where that must not be cached at all.
	MinTTL = 30 * time.Second
	// MaxTTL is the most.
	MaxTTL = 24 * time.Hour
)

// The bounds that hostile answers meet. What is beyond them is counted.
const (
	// MaxRecords is how many records of a response are looked at.
	MaxRecords = 128
	// MaxLinks is how many names an address is known by, and how many records a
	// name is known to have: more drive out the oldest.
	MaxLinks = 128
	// MaxText is the longest name in bytes: 255 of the wire, of which each that is
	// no text takes three.
	MaxText = 3 * 255
)

// Limits bounds a Cache.
type Limits struct {
	// Bytes is how much memory its names and addresses may take.
	Bytes int
	// Keep is how long an answer that has expired is still known, as stale, in
	// event time.
	Keep time.Duration
}

// Default returns limits for a busy node: some 10,000 names.
func Default() Limits { return Limits{Bytes: 8 << 20, Keep: time.Hour} }

// Validate reports a limit that leaves no room at all.
func (l Limits) Validate() error {
	if l.Bytes < 64<<10 {
		return errors.New("dns: at least 64 KiB are needed for names")
	}
	if l.Keep < 0 {
		return errors.New("dns: keep must not be negative")
	}
	return nil
}
