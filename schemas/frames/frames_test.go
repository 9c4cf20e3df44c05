package frames

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

const most = 1 << 20

func written(t testing.TB, messages ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := NewWriter(&out, Raw, most)
	if err := w.Begin(); err != nil {
		t.Fatal(err)
	}
	for _, m := range messages {
		if err := w.Write([]byte(m)); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

// read returns all messages, and the error that ended them.
func read(r *Reader) (messages []string, err error) {
	for {
		m, err := r.Next()
		if err != nil {
			return messages, err
		}
		messages = append(messages, string(m))
	}
}

func TestRoundTrip(t *testing.T) {
	for _, want := range [][]string{nil, {""}, {"a", "", strings.Repeat("b", trusted*5+3), "c"}} {
		data := written(t, want...)
		size := len(Raw)
		for _, m := range want {
			size += Overhead + len(m)
		}
		if len(data) != size {
			t.Errorf("%d bytes, want %d", len(data), size)
		}
		r := NewReader(iotest.HalfReader(bytes.NewReader(data)), Raw, most)
		got, err := read(r)
		if !errors.Is(err, io.EOF) || !slices.Equal(got, want) || r.Offset() != int64(size) {
			t.Errorf("read %d messages of %d up to %d: %v", len(got), len(want), r.Offset(), err)
		}
	}
}

// Wherever a recording is cut, its whole messages are read and the offset of the
// one that is not is told.
func TestCutAnywhere(t *testing.T) {
	data := written(t, "first", "second")
	ends := []int{len(Raw), len(Raw) + 9, len(data)}
	for cut := range len(data) {
		got, err := read(NewReader(bytes.NewReader(data[:cut]), Raw, most))
		whole, at := 0, slices.Index(ends, cut)
		for whole < 2 && cut >= ends[whole+1] {
			whole++
		}
		if len(got) != whole || errors.Is(err, io.EOF) != (at >= 0) {
			t.Errorf("cut at %d: %d messages, %v", cut, len(got), err)
		}
		if at < 0 && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("cut at %d: %v", cut, err)
		}
	}
	if _, err := read(NewReader(bytes.NewReader(data[:len(data)-1]), Raw, most)); err == nil ||
		!strings.HasPrefix(err.Error(), "recording: offset 17: batch: ") {
		t.Errorf("error %v", err)
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct{ name, data, want string }{
		{"empty", "", "recording: too short for its first 8 bytes: unexpected EOF"},
		{"other file", "#!/bin/sh\necho", `begins with "#!/bin/s", want "WEIRREC1"`},
		{"other version", "WEIRREC9", `begins with "WEIRREC9"`},
		{"too large", Raw + "\x01\x00\x10\x00", "offset 8: batch of 1048577 bytes: want up to 1048576"},
		{"cut in a length", Raw + "\x01", "offset 8: length: unexpected EOF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := read(NewReader(strings.NewReader(c.data), Raw, most)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestWriterSaysWhy(t *testing.T) {
	disk := errors.New("disk full")
	full := writerFunc(func([]byte) (int, error) { return 0, disk })
	if err := NewWriter(full, Raw, most).Write(nil); !errors.Is(err, disk) {
		t.Errorf("error %v", err)
	}
	w := NewWriter(io.Discard, Events, 3)
	if err := w.Write([]byte("four")); err == nil || !strings.Contains(err.Error(), "batch of 4 bytes: want up to 3") {
		t.Errorf("error %v", err)
	}
	if err := w.Write([]byte("too")); err != nil {
		t.Errorf("after a refusal: %v", err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// Whatever the file holds: no panic, no more than it has, no memory on the word
// of a length, and what was read can be written to the same bytes.
func FuzzReader(f *testing.F) {
	f.Add(written(f, "a", "bc"))
	f.Add([]byte(Raw + "\xff\xff\x0f\x00"))
	f.Add([]byte(Raw + "\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r := NewReader(bytes.NewReader(data), Raw, 64<<20)
		messages, err := read(r)
		runtime.ReadMemStats(&after)
		if taken, bound := after.TotalAlloc-before.TotalAlloc, uint64(20*len(data)+1<<20); taken > bound {
			t.Fatalf("%d bytes of memory for %d of input", taken, len(data))
		}
		if r.begun {
			if again := written(t, messages...); !bytes.Equal(again, data[:r.Offset()]) {
				t.Fatalf("%d bytes became %d", r.Offset(), len(again))
			}
		}
		if errors.Is(err, io.EOF) != (r.begun && int(r.Offset()) == len(data)) {
			t.Fatalf("read %d of %d bytes: %v", r.Offset(), len(data), err)
		}
	})
}
