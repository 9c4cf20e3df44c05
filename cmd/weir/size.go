package main

import (
	"fmt"
	"math"

	"github.com/dustin/go-humanize"
)

// byteSize is a flag's value in bytes, such as 2GiB.
type byteSize int64

// String renders the size for --help.
func (s *byteSize) String() string { return s.text() }

// text renders the size.
func (s byteSize) text() string { return humanize.IBytes(uint64(s)) }

// Type names the kind of value for --help.
func (s *byteSize) Type() string { return "size" }

// Set parses a number with or without a unit.
func (s *byteSize) Set(text string) error {
	n, err := humanize.ParseBytes(text)
	if err != nil || n > math.MaxInt64 {
		return fmt.Errorf("want a size such as 512MiB or 4GiB")
	}
	*s = byteSize(n)
	return nil
}
