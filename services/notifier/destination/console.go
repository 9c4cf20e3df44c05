package destination

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf16"

	"github.com/weirsec/weir/services/notifier/terminal"
)

// Console writes findings to a terminal, a file or a pipe. Each finding is one
// call of Write, so that lines of several writers do not mix.
type Console struct {
	out    io.Writer
	render func(Finding) ([]byte, error)
}

// NewConsole returns a Console that writes for people.
func NewConsole(out io.Writer, opts terminal.Options) *Console {
	return NewRenderedConsole(out, func(f Finding) ([]byte, error) {
		return []byte(terminal.Render(&f.Detection, opts) + "\n"), nil
	})
}

// NewJSONConsole returns a Console that writes each finding's CloudEvent on one
// line and nothing else.
func NewJSONConsole(out io.Writer) *Console { return NewRenderedConsole(out, jsonLine) }

// NewRenderedConsole returns a Console that writes what render makes of each
// finding, as it is.
func NewRenderedConsole(out io.Writer, render func(Finding) ([]byte, error)) *Console {
	return &Console{out: out, render: render}
}

// Name implements Destination.
func (c *Console) Name() string { return "stdout" }

// Deliver implements Destination. The error wraps ErrClosed where nobody reads
// the output any more.
func (c *Console) Deliver(_ context.Context, f Finding) error {
	text, err := c.render(f)
	if err != nil {
		return err
	}
	_, err = c.out.Write(text)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EPIPE), errors.Is(err, io.ErrClosedPipe), errors.Is(err, os.ErrClosed):
		return fmt.Errorf("write finding: %w: %w", ErrClosed, err)
	default:
		return fmt.Errorf("write finding: %w", err)
	}
}

// jsonLine is a finding's CloudEvent on one line.
func jsonLine(f Finding) ([]byte, error) {
	var line bytes.Buffer
	if err := json.Compact(&line, f.CloudEvent); err != nil {
		return nil, fmt.Errorf("write finding: %w", err)
	}
	return append(escapeInvisible(line.Bytes()), '\n'), nil
}

// escapeInvisible writes what a terminal might act upon as JSON's own escapes,
// which mean the same to whoever parses the line. Such characters can stand in
// valid JSON only inside of strings.
func escapeInvisible(line []byte) []byte {
	ascii := true
	for _, b := range line {
		ascii = ascii && b < 0x7f
	}
	if ascii {
		return line
	}
	var out strings.Builder
	for _, r := range string(line) {
		switch {
		case r < 0x7f || unicode.IsPrint(r):
			out.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&out, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return []byte(out.String())
}
