package recorder

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/batch"
	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/frames"
	"github.com/weirsec/weir/schemas/record"
	"github.com/weirsec/weir/services/collector/replay"
)

const boot = int64(1_600_000_000_000_000_000)

// raw is a message of records, numbered from seq, one second apart.
func raw(t testing.TB, seq uint64, losses []*eventpb.Loss, types ...catalogue.Type) []byte {
	t.Helper()
	env := &eventpb.Envelope{
		Node: "n", BootId: "b", FirstSeq: seq, Count: uint32(len(types)), Schema: record.Schema, BootTime: boot,
		MinTime: boot + int64(seq), MaxTime: boot + int64(seq) + int64(len(types)), Losses: losses,
	}
	var b record.Builder
	var records []byte
	for i, typ := range types {
		records = append(records, b.Begin(record.Header{Type: typ, Time: seq + uint64(i), Sysno: -1}).End()...)
	}
	data, err := record.Marshal(env, records)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// events is a message of decoded events, numbered from seq.
func events(t testing.TB, seq uint64, losses []*eventpb.Loss, names ...string) []byte {
	t.Helper()
	var list []event.Event
	c := &event.Context{Node: "n", BootID: "b"}
	for i, name := range names {
		list = append(list, event.Event{Seq: seq + uint64(i), Time: boot + int64(seq) + int64(i), Shape: &event.Shape{Name: name}, Context: c})
	}
	data, err := new(batch.Encoder).Encode(nil, &eventpb.Envelope{Node: "n", BootId: "b", FirstSeq: seq, Losses: losses}, list)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// packed is a raw message of decoded events.
func packed(t testing.TB, seq uint64, losses []*eventpb.Loss, names ...string) []byte {
	t.Helper()
	data, err := (&eventpb.RawBatch{
		Envelope: &eventpb.Envelope{
			Node: "n", BootId: "b", FirstSeq: seq, Count: uint32(len(names)), Schema: record.SchemaEvents, Losses: losses,
		},
		Events: events(t, seq, nil, names...),
	}).MarshalVT()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func loss(n uint64) []*eventpb.Loss {
	return []*eventpb.Loss{{Stage: "collector", Reason: "ring_full", Event: "openat", Count: n, FirstTime: 5, LastTime: 6}}
}

// recorded is what a recording holds: the events as "number name", the losses as
// "reason count", and the numbers of its batches.
type recorded struct {
	events, losses []string
	batches        []string
}

func read(t *testing.T, magic string, data []byte) (got recorded) {
	t.Helper()
	var from replay.Batches
	var err error
	if magic == frames.Raw {
		from, err = replay.NewReader(bytes.NewReader(data))
	} else {
		from, err = replay.NewEvents(bytes.NewReader(data))
	}
	for err == nil {
		var b *eventpb.RawBatch
		if b, err = from.Next(); err == nil {
			got.add(t, b)
		}
	}
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return got
}

func (r *recorded) add(t *testing.T, b *eventpb.RawBatch) {
	t.Helper()
	env := b.Envelope
	r.batches = append(r.batches, fmt.Sprint(env.FirstSeq, "+", env.Count))
	for _, l := range env.Losses {
		r.losses = append(r.losses, fmt.Sprint(l.Reason, " ", l.Count))
	}
	if len(b.Events) > 0 {
		decoded, err := new(batch.Decoder).Decode(b.Events)
		if err != nil || len(decoded.Events) != int(env.Count) {
			t.Fatal(env, err)
		}
		for _, e := range decoded.Events {
			r.events = append(r.events, fmt.Sprint(e.Seq, " ", e.Name()))
		}
		return
	}
	var d record.Decoder
	d.Reset(env)
	n := uint32(0)
	for rec, err := range record.Records(b.Records) {
		var e event.Event
		if err == nil {
			err = d.Decode(rec, env.FirstSeq+uint64(n), &e)
		}
		if err != nil {
			t.Fatal(err)
		}
		if e.Time < env.MinTime || e.Time > env.MaxTime {
			t.Errorf("event at %d of a batch from %d to %d", e.Time, env.MinTime, env.MaxTime)
		}
		r.events = append(r.events, fmt.Sprint(e.Seq, " ", e.Name()))
		n++
	}
	if n != env.Count {
		t.Errorf("%d events, the envelope says %d", n, env.Count)
	}
}

func TestRecorder(t *testing.T) {
	open, exec, ptrace, there := catalogue.Openat, catalogue.SchedProcessExec, catalogue.Ptrace, catalogue.ExistingProcess
	for _, c := range []struct {
		name     string
		cfg      Config
		messages [][]byte
		want     recorded
		ledger   Ledger
		enough   bool
	}{
		{
			name: "all", messages: [][]byte{raw(t, 1, loss(3), open, exec), raw(t, 3, nil, open)},
			want: recorded{
				events:  []string{"1 openat", "2 sched_process_exec", "3 openat"},
				losses:  []string{"ring_full 3"},
				batches: []string{"1+2", "3+1"},
			},
			ledger: Ledger{Events: 3, Batches: 2},
		},
		{
			name: "only some", cfg: Config{Only: []string{"ptrace"}},
			messages: [][]byte{raw(t, 1, loss(3), open, ptrace, ptrace, open, exec), raw(t, 6, loss(4), open)},
			want: recorded{
				events: []string{"2 ptrace", "3 ptrace", "5 sched_process_exec"},
				losses: []string{"ring_full 3", "ring_full 4"}, batches: []string{"2+2", "5+1", "6+0"},
			},
			ledger: Ledger{Events: 3, Batches: 3, Unwanted: 3},
		},
		{
			name: "so many", cfg: Config{Count: 2},
			messages: [][]byte{raw(t, 1, nil, there, there), raw(t, 3, nil, open, open, open), raw(t, 6, loss(9), open)},
			want: recorded{
				events:  []string{"1 existing_process", "2 existing_process", "3 openat", "4 openat"},
				losses:  []string{"ring_full 9"},
				batches: []string{"1+2", "3+2", "6+0"},
			},
			ledger: Ledger{Events: 4, Batches: 3, Late: 2}, enough: true,
		},
		{
			name: "losses alone", messages: [][]byte{raw(t, 8, loss(2))},
			want:   recorded{losses: []string{"ring_full 2"}, batches: []string{"8+0"}},
			ledger: Ledger{Batches: 1},
		},
		{
			name: "imported", cfg: Config{Only: []string{"a"}, Count: 2},
			messages: [][]byte{packed(t, 1, loss(1), "a", "b", "c"), packed(t, 4, nil, "b"), packed(t, 5, nil, "a", "a"), packed(t, 7, loss(2), "a")},
			want: recorded{
				events: []string{"1 a", "5 a"}, losses: []string{"ring_full 1", "ring_full 2"}, batches: []string{"1+1", "5+1", "7+0"},
			},
			ledger: Ledger{Events: 2, Batches: 3, Unwanted: 3, Late: 2}, enough: true,
		},
		{
			name: "events", cfg: Config{Magic: frames.Events, Only: []string{"a"}, Count: 2},
			messages: [][]byte{events(t, 1, loss(1), "a", "b"), events(t, 3, nil, "b"), events(t, 4, nil, "a", "a")},
			want:     recorded{events: []string{"1 a", "4 a"}, losses: []string{"ring_full 1"}, batches: []string{"1+1", "4+1"}},
			ledger:   Ledger{Events: 2, Batches: 2, Unwanted: 2, Late: 1}, enough: true,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.cfg.Magic == "" {
				c.cfg.Magic = frames.Raw
			}
			ended := 0
			c.cfg.Enough = func() { ended++ }
			data, got := write(t, c.cfg, c.messages...)
			if ended > 1 || (ended == 1) != c.enough {
				t.Errorf("enough was said %d times", ended)
			}
			have := read(t, c.cfg.Magic, data)
			if !slices.Equal(have.events, c.want.events) || !slices.Equal(have.losses, c.want.losses) || !slices.Equal(have.batches, c.want.batches) {
				t.Errorf("recorded %+v\nwant %+v", have, c.want)
			}
			if got.Events != c.ledger.Events || got.Batches != c.ledger.Batches || got.Unwanted != c.ledger.Unwanted ||
				got.Late != c.ledger.Late || got.Bytes != int64(len(data)) {
				t.Errorf("ledger %+v of %d bytes, want %+v", got, len(data), c.ledger)
			}
		})
	}
}

// write returns a recording of the messages, with its account.
func write(t *testing.T, cfg Config, messages ...[]byte) ([]byte, Ledger) {
	t.Helper()
	var out bytes.Buffer
	r, err := New(&out, cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range messages {
		if err := r.Publish(t.Context(), stage.Output{Data: m}); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), r.Ledger()
}

// Whatever fits is recorded, what does not is a loss in the recording and in the
// account: nothing else is missing.
func TestSizeLimit(t *testing.T) {
	for _, magic := range []string{frames.Raw, frames.Events} {
		t.Run(magic, func(t *testing.T) {
			cfg := Config{Magic: magic, MaxBytes: minBytes}
			var messages [][]byte
			given := uint64(0)
			for seq := uint64(1); seq < 20000; seq += 100 {
				m := raw(t, seq, nil, slices.Repeat([]catalogue.Type{catalogue.Openat}, 100)...)
				if magic == frames.Events {
					m = events(t, seq, nil, slices.Repeat([]string{strings.Repeat("e", 10_000) + fmt.Sprint(seq)}, 100)...)
				}
				messages = append(messages, m)
				given += 100
			}
			data, ledger := write(t, cfg, messages...)
			if len(data) > minBytes || len(data) < minBytes/2 {
				t.Errorf("%d bytes", len(data))
			}
			have := read(t, magic, data)
			if len(have.losses) != 1 || have.losses[0] != fmt.Sprint("size_limit ", given-uint64(len(have.events))) {
				t.Errorf("losses %v with %d of %d events", have.losses, len(have.events), given)
			}
			if ledger.Events+ledger.LostEvents() != given || ledger.Lost[0].Stage != "recorder" || ledger.Late != 0 {
				t.Errorf("ledger %+v of %d events", ledger, given)
			}
		})
	}
}

type fullDisk struct{ room int }

func (d *fullDisk) Write(p []byte) (int, error) {
	if d.room -= len(p); d.room < 0 {
		return 0, errors.New("disk full")
	}
	return len(p), nil
}

func TestWriteFails(t *testing.T) {
	ended := 0
	r, err := New(&fullDisk{room: 300}, Config{Magic: frames.Raw, Enough: func() { ended++ }})
	if err != nil {
		t.Fatal(err)
	}
	first, second := r.Take(raw(t, 1, nil, catalogue.Openat), ""), r.Take(raw(t, 2, nil, catalogue.Openat), "")
	if first != nil || second == nil || ended != 1 {
		t.Errorf("errors %v, %v; ended %d times", first, second, ended)
	}
	if err := r.Close(); !errors.Is(err, second) {
		t.Errorf("close: %v", err)
	}
	if _, err := New(&fullDisk{}, Config{Magic: frames.Raw}); err == nil {
		t.Error("no error where nothing can be written")
	}
}

// An enricher tells losses in each partition; they count once.
func TestLossesOfParts(t *testing.T) {
	var out bytes.Buffer
	r, err := New(&out, Config{Magic: frames.Events})
	if err != nil {
		t.Fatal(err)
	}
	for i, part := range []string{"0/2", "1/2"} {
		if err := r.Take(events(t, uint64(1+i), loss(7), "a"), part); err != nil {
			t.Fatal(err)
		}
	}
	if l := r.Ledger(); l.LostEvents() != 7 || l.Events != 2 {
		t.Errorf("ledger %+v", l)
	}
	if have := read(t, frames.Events, out.Bytes()); len(have.losses) != 2 {
		t.Errorf("losses %v: each part of the recording must know", have.losses)
	}
}

func TestGarbage(t *testing.T) {
	for _, magic := range []string{frames.Raw, frames.Events} {
		r, err := New(io.Discard, Config{Magic: magic})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Take([]byte("\xff\xff"), ""); err != nil {
			t.Errorf("%s: one message that cannot be read ends the recording: %v", magic, err)
		}
		if l := r.Ledger(); l.LostEvents() != 1 || l.Lost[0].Reason != "unreadable" {
			t.Errorf("%s: ledger %+v", magic, l)
		}
	}
	for _, cfg := range []Config{{}, {Magic: "x"}, {Magic: frames.Raw, MaxBytes: 5}} {
		if _, err := New(io.Discard, cfg); err == nil {
			t.Errorf("%+v: no error", cfg)
		}
	}
}
