package frames

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// The first bytes of recordings; the digit is the version of the framing.
const (
	// Raw begins a recording of WEIR_RAW.
	Raw = "WEIRREC1"
	// Events begins a recording of WEIR_EVENTS.
	Events = "WEIREVT1"
)

// Overhead is how many bytes a message takes besides its own.
const Overhead = 4

// Writer writes a recording.
type Writer struct {
	to    io.Writer
	magic string
	most  int
	begun bool
	buf   []byte
}

// NewWriter returns a Writer that writes a recording of messages up to most
// bytes to w, which the caller flushes and closes.
func NewWriter(w io.Writer, magic string, most int) *Writer {
	return &Writer{to: w, magic: magic, most: min(most, math.MaxUint32)}
}

// Begin writes the recording's first bytes, which Write would do otherwise: a
// recording of nothing is a recording, too.
func (w *Writer) Begin() error {
	if w.begun {
		return nil
	}
	if _, err := io.WriteString(w.to, w.magic); err != nil {
		return fmt.Errorf("recording: %w", err)
	}
	w.begun = true
	return nil
}

// Write appends a message. After an error of the io.Writer the recording may
// end within it.
func (w *Writer) Write(message []byte) error {
	if err := w.Begin(); err != nil {
		return err
	}
	if len(message) > w.most {
		return fmt.Errorf("recording: batch of %d bytes: want up to %d", len(message), w.most)
	}
	w.buf = binary.LittleEndian.AppendUint32(w.buf[:0], uint32(len(message)))
	w.buf = append(w.buf, message...)
	if _, err := w.to.Write(w.buf); err != nil {
		return fmt.Errorf("recording: %w", err)
	}
	return nil
}
