package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weirsec/weir/internal/run"
)

// choice is a flag that takes one of a few words.
type choice struct {
	value string
	words []string
}

// newChoice returns a flag that takes one of the words, the first where it is
// not given.
func newChoice(words ...string) *choice { return &choice{value: words[0], words: words} }

// String returns the word.
func (c *choice) String() string { return c.value }

// Type names the kind of value for --help.
func (c *choice) Type() string { return strings.Join(c.words, "|") }

// Set takes one of the words.
func (c *choice) Set(text string) error {
	if !slices.Contains(c.words, text) {
		return fmt.Errorf("want one of %s", strings.Join(c.words, ", "))
	}
	c.value = text
	return nil
}

// usage marks an error as one of the command line.
func usage(err error) error { return &run.ExitError{Code: run.ExitUsage, Err: err} }
