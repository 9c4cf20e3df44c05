package replay

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/frames"
	"github.com/weirsec/weir/schemas/record"
)

const second = int64(time.Second)

// sample has two events, at and at+1s after boot.
func sample(seq uint64, at int64) *eventpb.RawBatch {
	const boot = 1_600_000_000_000_000_000
	var b record.Builder
	var records []byte
	for _, t := range []int64{at, at + second} {
		h := record.Header{Type: catalogue.SchedProcessExit, Time: uint64(t), HostPID: 5, LeaderStart: 3e9, Sysno: -1}
		records = append(records, b.Begin(h).Int32(0, 1).End()...)
	}
	return &eventpb.RawBatch{
		Envelope: &eventpb.Envelope{
			Node: "old", BootId: "boot", FirstSeq: seq, Count: 2, Schema: record.Schema, BootTime: boot,
			MinTime: boot + at, MaxTime: boot + at + second,
			Losses: []*eventpb.Loss{{Reason: "r", Count: 1, FirstTime: boot + at, LastTime: boot + at + 5}},
		},
		Records: records,
	}
}

func recording(t testing.TB, batches ...*eventpb.RawBatch) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := NewWriter(&buf)
	for _, b := range batches {
		if err := w.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	return buf.Bytes()
}

// sink keeps batches; those that say that there is nothing apart.
type sink struct {
	batches []*eventpb.RawBatch
	silent  []*eventpb.RawBatch
	at      []time.Duration
	began   time.Time
}

func (s *sink) Batch(b *eventpb.RawBatch) {
	if record.Silent(b.Envelope) {
		s.silent = append(s.silent, b)
		return
	}
	s.batches = append(s.batches, b)
	s.at = append(s.at, time.Since(s.began))
}
func (s *sink) Record([]byte)       {}
func (s *sink) Lost(*eventpb.Loss)  {}
func (s *sink) Idle() time.Duration { return 0 }

func play(t *testing.T, data []byte, opts Options) (*sink, error) {
	t.Helper()
	r, err := NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	s := &sink{began: time.Now()}
	return s, New(r, opts).Run(t.Context(), s)
}

func TestRoundTrip(t *testing.T) {
	want := []*eventpb.RawBatch{sample(10, second), sample(12, 2*second), sample(14, 9*second)}
	s, err := play(t, recording(t, want...), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.EqualFunc(s.batches, want, func(a, b *eventpb.RawBatch) bool { return proto.Equal(a, b) }) {
		t.Errorf("played %v, want %v", s.batches, want)
	}
}

func TestNow(t *testing.T) {
	s, err := play(t, recording(t, sample(10, second), sample(12, 5*second)), Options{Now: true})
	if err != nil {
		t.Fatal(err)
	}
	var seqs []uint64
	var times []int64
	var entities []uint32
	for _, b := range s.batches {
		var d record.Decoder
		d.Reset(b.Envelope)
		seq := b.Envelope.FirstSeq
		for rec, err := range record.Records(b.Records) {
			if err != nil {
				t.Fatal(err)
			}
			var e event.Event
			if err := d.Decode(rec, seq, &e); err != nil {
				t.Fatal(err)
			}
			seqs = append(seqs, e.Seq)
			times = append(times, e.Time)
			entities = append(entities, e.Context.ProcessEntityID)
			seq++
			if e.Time < b.Envelope.MinTime || e.Time > b.Envelope.MaxTime || e.Context.Node != "old" ||
				!strings.HasPrefix(e.Context.BootID, "boot+") {
				t.Errorf("event %+v in %v", e, b.Envelope)
			}
		}
		if l := b.Envelope.Losses[0]; l.FirstTime != b.Envelope.MinTime || l.LastTime != l.FirstTime+5 {
			t.Errorf("loss %v", l)
		}
	}
	if want := []uint64{10, 11, 12, 13}; !slices.Equal(seqs, want) {
		t.Errorf("numbers %v: they are the recording's", seqs)
	}
	if d := s.began.UnixNano() - times[0]; d < -second/10 || d > second/10 {
		t.Errorf("first event %d ns before now", d)
	}
	for i, gap := range []int64{second, 3 * second, second} {
		if times[i+1]-times[i] != gap {
			t.Errorf("gap %d is %d", i, times[i+1]-times[i])
		}
	}
	if len(slices.Compact(entities)) != 1 {
		t.Errorf("one process became entities %v", entities)
	}
}

func TestOriginalPace(t *testing.T) {
	first, later := sample(1, second), sample(3, second)
	for _, b := range []*eventpb.RawBatch{first, later} {
		b.Envelope.MaxTime = b.Envelope.MinTime
	}
	later.Envelope.MaxTime += int64(120 * time.Millisecond)
	s, err := play(t, recording(t, first, later), Options{Speed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if s.at[0] > 100*time.Millisecond || s.at[1] < 120*time.Millisecond {
		t.Errorf("handed over after %v", s.at)
	}
	// Ten times as fast is a tenth of the time, and as fast as it goes is none.
	for speed, most := range map[float64]time.Duration{10: 12 * time.Millisecond, 0: 0} {
		s, err := play(t, recording(t, first, later), Options{Speed: speed})
		if err != nil || s.at[1] < most || s.at[1] > most+100*time.Millisecond {
			t.Errorf("at speed %v after %v, %v", speed, s.at, err)
		}
	}
	// Ending does not wait for the pace.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	later.Envelope.MaxTime += int64(time.Hour)
	r, err := NewReader(bytes.NewReader(recording(t, first, later)))
	if err != nil {
		t.Fatal(err)
	}
	if err := New(r, Options{Speed: 1}).Run(ctx, s); err != nil {
		t.Error(err)
	}
}

func TestBrokenRecordings(t *testing.T) {
	good := recording(t, sample(1, second))
	for _, c := range []struct{ name, data, want string }{
		{"empty", "", "too short"},
		{"other file", "#!/bin/sh\necho", `begins with "#!/bin/s"`},
		{"other version", "WEIRREC9", "want \"WEIRREC1\""},
		{"cut in length", string(good) + "\x01", "offset"},
		{"cut in batch", string(good[:len(good)-5]), "offset 8: batch: unexpected EOF"},
		{"too large", frames.Raw + "\xff\xff\xff\xff", "batch of 4294967295 bytes"},
		{"not a batch", frames.Raw + "\x02\x00\x00\x00\xff\xff", "unmarshal batch"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := NewReader(strings.NewReader(c.data))
			for err == nil {
				_, err = r.Next()
			}
			if errors.Is(err, io.EOF) && c.name != "empty" || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
	s, err := play(t, append(good, 1, 2), Options{})
	if err == nil || len(s.batches) != 1 {
		t.Errorf("%d batches before %v: what can be read is played", len(s.batches), err)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWriterSaysWhy(t *testing.T) {
	if err := NewWriter(fullDisk{}).Write(sample(1, 1)); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("error %v", err)
	}
	huge := &eventpb.RawBatch{Records: make([]byte, maxBatch+1)}
	if err := NewWriter(io.Discard).Write(huge); err == nil || !strings.Contains(err.Error(), "want up to") {
		t.Errorf("error %v", err)
	}
}

// Whatever the file holds: no panic, no more than it has, and an end.
func FuzzReader(f *testing.F) {
	f.Add(recording(f, sample(1, second)))
	f.Add([]byte(frames.Raw + "\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := NewReader(bytes.NewReader(data))
		total := 0
		for err == nil {
			var b *eventpb.RawBatch
			if b, err = r.Next(); err == nil {
				total += len(b.Records)
			}
		}
		if total > len(data) {
			t.Fatalf("%d bytes of records in a file of %d", total, len(data))
		}
	})
}
