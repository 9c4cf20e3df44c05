package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
)

// mark begins a frame; what stands before it in a line is the kernel's.
const mark = "@weir:"

// maxOutput is how much of a program's output one frame carries, in bytes:
// short enough that a torn line costs little, long enough to need few.
const maxOutput = 2048

// Frame is one message of the guest.
type Frame struct {
	// Program is the index in the job.
	Program int `json:",omitempty"`
	// Output is a piece of what the program printed.
	Output []byte `json:",omitempty"`
	// Exited says that the program has ended with Code; Error is why it could
	// not be started or was killed.
	Exited bool   `json:",omitempty"`
	Code   int    `json:",omitempty"`
	Error  string `json:",omitempty"`
	// Note is what the guest could not prepare; its programs may miss it.
	Note string `json:",omitempty"`
	// End is the last frame: nothing is missing if the numbers were complete.
	End bool `json:",omitempty"`
}

// Writer writes frames.
type Writer struct {
	w io.Writer
	n int
}

// NewWriter returns a Writer to w. It is not safe for several goroutines.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Write writes one frame, or several where the output is long.
func (w *Writer) Write(f Frame) error {
	for len(f.Output) > maxOutput {
		part := Frame{Program: f.Program, Output: f.Output[:maxOutput]}
		if err := w.line(part); err != nil {
			return err
		}
		f.Output = f.Output[maxOutput:]
	}
	return w.line(f)
}

// line writes a frame in one call, so that it is torn as seldom as can be. The
// line break before it ends whatever the kernel left unfinished.
func (w *Writer) line(f Frame) error {
	body, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("frame: %w", err)
	}
	text := fmt.Appendf(nil, "\n%s%d:%08x:%s\n", mark, w.n, crc32.ChecksumIEEE(body), body)
	w.n++
	if _, err := w.w.Write(text); err != nil {
		return fmt.Errorf("frame: %w", err)
	}
	return nil
}

// Reader finds the frames among the lines of a serial port.
type Reader struct{ next int }

// Line looks at one line. It returns false where the line holds no frame, and
// an error where it holds a damaged one or frames before it are missing.
func (r *Reader) Line(line []byte) (Frame, bool, error) {
	_, rest, found := bytes.Cut(bytes.TrimRight(line, "\r\n"), []byte(mark))
	if !found {
		return Frame{}, false, nil
	}
	number, rest, _ := bytes.Cut(rest, []byte(":"))
	sum, body, _ := bytes.Cut(rest, []byte(":"))
	n, err := strconv.Atoi(string(number))
	if err != nil {
		return Frame{}, false, fmt.Errorf("frame %q has no number", line)
	}
	if n != r.next {
		return Frame{}, false, fmt.Errorf("frame %d came where %d was due: the serial port lost some", n, r.next)
	}
	if fmt.Sprintf("%08x", crc32.ChecksumIEEE(body)) != string(sum) {
		return Frame{}, false, fmt.Errorf("frame %d is damaged: %q", n, line)
	}
	var f Frame
	if err := json.Unmarshal(body, &f); err != nil {
		return Frame{}, false, fmt.Errorf("frame %d: %w", n, err)
	}
	r.next++
	return f, true, nil
}
