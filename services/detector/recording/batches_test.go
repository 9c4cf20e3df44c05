package recording

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/weirsec/weir/schemas/event"
)

// some returns n events of two nodes.
func some(n int) []event.Event {
	shape := &event.Shape{ID: 257, Name: "openat", Args: []event.ArgSpec{{Name: "pathname", Type: "const char*"}}}
	contexts := []*event.Context{
		{Node: "a", BootID: "boot", HostName: "a", ProcessName: "cat"}, {Node: "b", BootID: "boot", HostName: "b"},
	}
	events := make([]event.Event, n)
	for i := range events {
		events[i] = event.Event{
			Seq: uint64(i + 1), Time: int64(1e18 + i), Shape: shape, Hook: "sys_exit", Context: contexts[i/100%2],
			Values: []event.Value{event.String(fmt.Sprint("/etc/", i))},
		}
	}
	return events
}

// written returns a recording of the events.
func written(t testing.TB, events []event.Event) []byte {
	t.Helper()
	var out bytes.Buffer
	w := NewWriter(&out)
	if err := errors.Join(w.Write(events), w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func batches(data []byte) Reader { return NewBatches(NewFile(bytes.NewReader(data)).Next) }

// same reports whether two lists hold the same events in the same order.
func same(a, b []event.Event) bool {
	return slices.EqualFunc(a, b, func(a, b event.Event) bool {
		return a.ID() == b.ID() && a.Time == b.Time && bytes.Equal(event.AppendRawJSON(nil, &a), event.AppendRawJSON(nil, &b))
	})
}

func TestRecording(t *testing.T) {
	for _, n := range []int{0, 1, 99, 1000} {
		want := some(n)
		if got := all(t, batches(written(t, want))); !same(got, want) {
			t.Errorf("%d events became %d, or others", n, len(got))
		}
	}
}

// Events whose boot ids are made of their lines share one in a batch; all else
// of them stays.
func TestRecordingOfLines(t *testing.T) {
	events := all(t, NewLines(strings.NewReader(line("a")+line("b")+line("c"))))
	got := all(t, batches(written(t, events)))
	if len(got) != 3 {
		t.Fatalf("%d events", len(got))
	}
	for i := range got {
		if got[i].Name() != events[i].Name() || got[i].Seq != events[i].Seq || got[i].Context.BootID != events[0].Context.BootID {
			t.Errorf("event %d is %+v %+v", i, got[i], got[i].Context)
		}
	}
	if events[1].Context.BootID == events[0].Context.BootID {
		t.Error("recording changed the events")
	}
}

func TestRecordingOfLargeEvents(t *testing.T) {
	events := some(3)
	for i := range events {
		events[i].Values[0] = event.String(strings.Repeat("x", 15<<20) + fmt.Sprint(i))
	}
	if got := all(t, batches(written(t, events))); !same(got, events) {
		t.Errorf("%d events, or others", len(got))
	}
	events[2].Values[0] = event.String(strings.Repeat("x", maxBatch))
	if err := NewWriter(io.Discard).Write(events[2:3]); err == nil || !strings.Contains(err.Error(), "want up to") {
		t.Errorf("error %v", err)
	}
}

func TestBrokenRecordings(t *testing.T) {
	good := written(t, some(3))
	for _, c := range []struct{ name, data, want string }{
		{"empty", "", "read batch 1: recording: too short for its first 8 bytes"},
		{"other file", "#!/bin/sh\necho", `begins with "#!/bin/s", want "WEIREVT1"`},
		{"cut in a length", string(good) + "\x01", "read batch 2: recording: offset"},
		{"cut in a batch", string(good[:len(good)-5]), "offset 8: batch: unexpected EOF"},
		{"nothing of a batch", Magic + "\x05\x00\x00\x00", "offset 8: batch: unexpected EOF"},
		{"too large", Magic + "\xff\xff\xff\xff", "batch of 4294967295 bytes: want up to"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, _, err := read(t, batches([]byte(c.data))); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
	// A batch that is broken in itself is told, and the rest goes on.
	events, invalid, err := read(t, batches([]byte(string(good)+"\x02\x00\x00\x00\xff\xff"+string(good[len(Magic):]))))
	if err != nil || len(events) != 6 || len(invalid) != 1 || !strings.HasPrefix(invalid[0], "2: batch: ") {
		t.Errorf("%d events, invalid %v, %v", len(events), invalid, err)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWriterSaysWhy(t *testing.T) {
	if err := NewWriter(fullDisk{}).Write(some(1)); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("error %v", err)
	}
}

// Whatever the file holds: no panic, no more memory than it pays for, an end.
func FuzzBatches(f *testing.F) {
	f.Add(written(f, some(3)))
	f.Add([]byte(Magic + "\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := batches(data)
		var d Decoder
		total := 0
		for {
			piece, err := r.Next()
			if err != nil {
				break
			}
			total += piece.Size()
			piece.Decode(&d)
		}
		if total > len(data) {
			t.Fatalf("%d bytes of batches in a file of %d", total, len(data))
		}
	})
}
