package terminal

import (
	"os"
	"time"

	"golang.org/x/term"
)

// Options say how to show findings. The zero value suits files and pipes: no
// colours, no limit of width, local time.
type Options struct {
	// Width is the number of columns at which lines are cut; 0 means never.
	Width int
	// Color allows escape sequences for colours.
	Color bool
	// Location is where times are shown for; nil means the machine's own zone.
	Location *time.Location
}

// Detect returns the Options for a file: colours and a width only on a
// terminal, and no colours where NO_COLOR is set to anything or TERM is "dumb".
// getenv is os.Getenv outside of tests.
func Detect(file *os.File, getenv func(string) string) Options {
	fd := int(file.Fd()) //nolint:gosec // descriptors are small
	if !term.IsTerminal(fd) {
		return Options{}
	}
	width, _, err := term.GetSize(fd)
	if err != nil {
		width = 0
	}
	return Options{Width: width, Color: getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"}
}
