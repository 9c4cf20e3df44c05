package recording

import (
	"bufio"
	"bytes"
	"io"
	"testing"
)

func TestDetect(t *testing.T) {
	for _, c := range []struct {
		name string
		data []byte
		want Format
	}{
		{"empty", nil, FormatJSON},
		{"line", []byte(line("a")), FormatJSON},
		{"byte order mark", []byte("\xef\xbb\xbf{}"), FormatJSON},
		{"anything", []byte("hello"), FormatJSON},
		{"batches", written(t, some(1)), FormatBatches},
		{"raw", []byte("WEIRREC1\x00\x00\x00\x00"), FormatRaw},
		{"gob", gobStream(t, traceeEvent("a")), FormatGob},
		{"oldest gob", gobStream(t, struct{ Timestamp float64 }{5}), FormatGob},
		{"cut off", []byte("WEIR"), FormatJSON},
		{"lines with a broken one", []byte("\n{\"a\x00"), FormatJSON},
		{"a line with a control character", []byte("{\"a\x00"), FormatJSON},
		{"compressed", []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00"), FormatUnknown},
		{"a program", []byte("\x7fELF\x02\x01\x01\x00"), FormatUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := bufio.NewReader(bytes.NewReader(c.data))
			if got := Detect(r); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			if rest, err := io.ReadAll(r); err != nil || !bytes.Equal(rest, c.data) {
				t.Errorf("%d bytes are left of %d, %v", len(rest), len(c.data), err)
			}
		})
	}
}
