package replay

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/batch"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/frames"
	"github.com/weirsec/weir/schemas/record"
)

const eventsBoot = int64(1_600_000_000_000_000_000)

// events returns n events of one process of size bytes each.
func events(first uint64, n, size int) []event.Event {
	parent := &event.Process{EntityID: 1, PID: 1, StartTime: eventsBoot + 1}
	c := &event.Context{
		Node: "old", BootID: "boot", HostPID: 7, ProcessEntityID: 5, ThreadStartTime: eventsBoot + 20,
		Process: &event.Process{EntityID: 5, PID: 7, StartTime: eventsBoot + 20, ExecTime: eventsBoot + 30, Parent: parent},
	}
	shape := &event.Shape{Name: "openat", Args: []event.ArgSpec{{Name: "pathname", Type: "const char*"}}}
	var list []event.Event
	for i := range n {
		list = append(list, event.Event{
			Seq: first + uint64(i), Time: eventsBoot + 100 + int64(i), Shape: shape, Context: c,
			Values: []event.Value{event.String(strings.Repeat("x", size) + fmt.Sprint(i))},
		})
	}
	return list
}

// eventMessage is a message of WEIR_EVENTS.
func eventMessage(t testing.TB, list []event.Event, losses ...*eventpb.Loss) []byte {
	t.Helper()
	env := &eventpb.Envelope{Node: "old", BootId: "boot", FirstSeq: 3, BootTime: eventsBoot, Losses: losses}
	data, err := new(batch.Encoder).Encode(nil, env, list)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func eventRecording(t testing.TB, messages ...[]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := frames.NewWriter(&out, frames.Events, maxEvents)
	for _, m := range messages {
		if err := w.Write(m); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

func playEvents(t *testing.T, data []byte, opts Options) (*sink, error) {
	t.Helper()
	r, err := NewEvents(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	s := &sink{began: time.Now()}
	return s, New(r, opts).Run(t.Context(), s)
}

// unpacked returns the events of the batches, which must be what the envelopes say.
func unpacked(t *testing.T, batches []*eventpb.RawBatch) (list []event.Event) {
	t.Helper()
	for _, b := range batches {
		data, err := b.MarshalVT()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := record.Unmarshal(data)
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := new(batch.Decoder).Decode(raw.Events)
		if err != nil {
			t.Fatal(err)
		}
		out, in := raw.Envelope, decoded.Envelope
		if out.Node != in.Node || out.BootId != in.BootId || int(out.Count) != len(decoded.Events) || len(out.Stamps) > 0 {
			t.Errorf("envelopes %v and %v", out, in)
		}
		for i, e := range decoded.Events {
			if i == 0 && e.Seq != out.FirstSeq || e.Time < out.MinTime || e.Time > out.MaxTime {
				t.Errorf("event %d at %d in %v", e.Seq, e.Time, out)
			}
		}
		list = append(list, decoded.Events...)
	}
	return list
}

func TestEvents(t *testing.T) {
	first, later := events(10, 3, 5), events(20, 2, 5)
	lost := &eventpb.Loss{Stage: "collector", Reason: "ring_full", Count: 4}
	s, err := playEvents(t, eventRecording(t, eventMessage(t, first, lost), eventMessage(t, later), eventMessage(t, nil, lost)), Options{})
	if err != nil || len(s.batches) != 3 {
		t.Fatalf("%d batches, %v", len(s.batches), err)
	}
	want := slices.Concat(first, later)
	if got := unpacked(t, s.batches); !slices.EqualFunc(got, want, sameEvent) {
		t.Errorf("played %v", got)
	}
	for i, n := range []int{1, 0, 1} {
		if got := len(s.batches[i].Envelope.Losses); got != n {
			t.Errorf("batch %d tells %d losses, want %d", i, got, n)
		}
	}
}

func sameEvent(a, b event.Event) bool {
	return a.ID() == b.ID() && bytes.Equal(event.AppendRawJSON(nil, &a), event.AppendRawJSON(nil, &b))
}

// A batch that no broker would take becomes several, and a loss stays one.
func TestLargeEvents(t *testing.T) {
	want := events(10, 100, 40_000)
	s, err := playEvents(t, eventRecording(t, eventMessage(t, want, &eventpb.Loss{Reason: "r", Count: 4})), Options{})
	if err != nil {
		t.Fatal(err)
	}
	losses := 0
	for _, b := range s.batches {
		losses += len(b.Envelope.Losses)
		if len(b.Events) > packedBytes {
			t.Errorf("a batch of %d bytes", len(b.Events))
		}
	}
	if got := unpacked(t, s.batches); losses != 1 || len(s.batches) < 16 || !slices.EqualFunc(got, want, sameEvent) {
		t.Errorf("%d batches with %d losses and %d events", len(s.batches), losses, len(got))
	}
}

// As if it happened now: times lie as they lay, and the boot is another one.
func TestEventsNow(t *testing.T) {
	given := eventRecording(t, eventMessage(t, events(10, 2, 5), &eventpb.Loss{Reason: "r", FirstTime: eventsBoot + 5}), eventMessage(t, events(12, 1, 5)))
	s, err := playEvents(t, given, Options{Now: true})
	if err != nil {
		t.Fatal(err)
	}
	got := unpacked(t, s.batches)
	by := got[0].Time - (eventsBoot + 100)
	if off := time.Since(s.began) - time.Since(time.Unix(0, got[0].Time)); off > time.Second || off < -time.Second {
		t.Errorf("the first event is %s off", off)
	}
	for i, e := range got {
		c := e.Context
		want := eventsBoot + 100 + int64(i%2) + by
		if e.Time != want || c.ThreadStartTime != eventsBoot+20+by || c.ProcessEntityID != 5 ||
			c.Process.StartTime != eventsBoot+20+by || c.Process.ExecTime != eventsBoot+30+by ||
			c.Process.Parent.StartTime != eventsBoot+1+by || c.Process.Parent.ExecTime != 0 {
			t.Errorf("event %d: %+v %+v %+v", i, e, c, c.Process)
		}
		if c.Node != "old" || !strings.HasPrefix(c.BootID, "boot+") || c.BootID != got[0].Context.BootID {
			t.Errorf("node %s, boot %s", c.Node, c.BootID)
		}
	}
	if l := s.batches[0].Envelope.Losses[0]; l.FirstTime != eventsBoot+5+by || l.LastTime != 0 {
		t.Errorf("loss %v", l)
	}
	again, err := playEvents(t, given, Options{Now: true})
	if err != nil || again.batches[0].Envelope.BootId == s.batches[0].Envelope.BootId {
		t.Errorf("two replays are one boot: %v", err)
	}
}

// What is whole and makes no sense is passed over, what is cut off ends it, and
// both are told.
func TestBrokenEvents(t *testing.T) {
	good := eventMessage(t, events(10, 3, 5))
	data := eventRecording(t, good, []byte("\xff"), good, []byte("\xfe"), good)
	s, err := playEvents(t, data, Options{})
	if len(s.batches) != 3 || err == nil || !strings.HasPrefix(err.Error(), fmt.Sprintf("recording: offset %d: batch: ", 12+len(good))) ||
		!strings.HasSuffix(err.Error(), "besides, 1 more batches cannot be read") {
		t.Errorf("%d batches, %v", len(s.batches), err)
	}
	s, err = playEvents(t, data[:len(data)-2], Options{})
	if len(s.batches) != 2 || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%d batches, %v", len(s.batches), err)
	}
	if _, err := NewEvents(strings.NewReader(frames.Raw)); err == nil {
		t.Error("a recording of raw batches is none of events")
	}
}

// Whatever the file holds: no panic, an end, and batches that can be read again.
func FuzzEvents(f *testing.F) {
	good := eventMessage(f, events(10, 3, 5), &eventpb.Loss{Count: 1})
	f.Add(eventRecording(f, good, []byte("\xff"), good), true)
	f.Add([]byte(frames.Events+"\x00\x00\x00\x00"), false)
	f.Fuzz(func(t *testing.T, data []byte, now bool) {
		r, err := NewEvents(bytes.NewReader(data))
		if err != nil {
			return
		}
		s := new(sink)
		_ = New(r, Options{Now: now}).Run(t.Context(), s)
		for _, b := range s.batches {
			again, err := b.MarshalVT()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := record.Unmarshal(again); err != nil {
				t.Fatal(err)
			}
			if _, err := new(batch.Decoder).Decode(b.Events); err != nil {
				t.Fatal(err)
			}
		}
	})
}
