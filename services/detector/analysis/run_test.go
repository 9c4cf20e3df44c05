package analysis

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/batch"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/finding"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/recording"
	"github.com/weirsec/weir/signatures/sdk"
)

// However many work at it, the outcome is the same, in the order of the input.
func TestOutcomeIsTheSame(t *testing.T) {
	const n = 5000
	text := stream(n)
	s := set(opens("b", "/etc/passwd"), opens("a", "/etc/passwd"), opens("c", "/tmp/5"))
	want := analyse(t, Config{Workers: 1, Ordered: true}, s, lines(text))
	if len(want.ids) != 2*(n/7+1)+1 || want.events+len(want.invalid) != n {
		t.Fatalf("%d findings, %d events, %d invalid", len(want.ids), want.events, len(want.invalid))
	}
	for i := 1; i < len(want.findings); i++ {
		a, b := want.findings[i-1], want.findings[i]
		if a.Sequence > b.Sequence || a.Sequence == b.Sequence && a.Finding.Signature.ID >= b.Finding.Signature.ID {
			t.Fatalf("finding %d is out of order", i)
		}
	}
	for _, workers := range []int{1, 5} {
		for _, ordered := range []bool{false, true} {
			got := analyse(t, Config{Workers: workers, Ordered: ordered}, s, lines(text))
			if !slices.Equal(got.ids, want.ids) || !slices.Equal(got.invalid, want.invalid) || got.events != want.events {
				t.Errorf("%d workers, ordered %v: %d findings, or others", workers, ordered, len(got.ids))
			}
		}
	}
}

// A recording of batches gives the findings that its lines gave, on the same
// events.
func TestRecordedOutcome(t *testing.T) {
	text := stream(3000)
	s := regoSet(t)
	want := analyse(t, Config{}, s, lines(text))
	got := analyse(t, Config{}, s, batches(recorded(t, text)))
	if len(got.findings) != len(want.findings) || len(want.findings) != 429 {
		t.Fatalf("%d findings, want %d", len(got.findings), len(want.findings))
	}
	for i := range got.findings {
		if got.findings[i].Sequence != want.findings[i].Sequence || string(got.findings[i].Finding.Event) != string(want.findings[i].Finding.Event) {
			t.Fatalf("finding %d differs:\n%s\n%s", i, got.findings[i].Finding.Event, want.findings[i].Finding.Event)
		}
	}
}

// A signature that remembers sees all events one after another.
func TestStatefulSignature(t *testing.T) {
	s := set(counts())
	if !NeedsOrder(s) {
		t.Fatal("the signature needs order")
	}
	got := analyse(t, Config{Workers: 4, Ordered: NeedsOrder(s)}, s, lines(stream(9000)))
	if len(got.findings) != got.events/3 {
		t.Fatalf("%d findings of %d events", len(got.findings), got.events)
	}
	seen := 0
	for i, f := range got.findings {
		// The broken lines are no events.
		before := int(f.Sequence)
		for _, bad := range got.invalid {
			if uint64(bad) < f.Sequence {
				before--
			}
		}
		if seen += 3; before != seen {
			t.Fatalf("finding %d is on event %d, want %d", i, before, seen)
		}
	}
}

func TestNeedsOrder(t *testing.T) {
	if NeedsOrder(regoSet(t)) || NeedsOrder(set()) {
		t.Error("signatures in Rego remember nothing")
	}
	if !NeedsOrder(set(opens("a", "/x"))) {
		t.Error("foreign Go may remember anything")
	}
}

func TestEndOfInput(t *testing.T) {
	s := set(listener{opens("a", "/never")})
	got := analyse(t, Config{Ordered: NeedsOrder(s)}, s, lines(stream(10)))
	if len(got.findings) != 1 || got.findings[0].Sequence != 10 {
		t.Fatalf("%+v", got)
	}
	if got := analyse(t, Config{Ordered: true}, s, lines("")); len(got.findings) != 0 || len(got.faults) != 1 ||
		!strings.HasPrefix(got.faults[0], "at the end: a: ") {
		t.Errorf("without an event: %+v", got)
	}
}

// Losses before, in or after the batch of a finding's event make its evidence
// incomplete; those that come later in the input cannot be known.
func TestEvidence(t *testing.T) {
	messages := [][]byte{}
	for i, losses := range [][]*eventpb.Loss{nil, {{Stage: "collector", Reason: "ring_full", Count: 4}}, nil} {
		e := event.Event{
			Seq: uint64(i + 1), Time: int64(1e18) + int64(i)*int64(time.Second), Context: &event.Context{Node: "n", BootID: "b"},
			Shape:  &event.Shape{Name: "openat", Args: []event.ArgSpec{{Name: "pathname", Type: "const char*"}}},
			Values: []event.Value{event.String("/etc/passwd")},
		}
		data, err := new(batch.Encoder).Encode(nil, &eventpb.Envelope{Node: "n", BootId: "b", FirstSeq: e.Seq, Losses: losses}, []event.Event{e})
		if err != nil {
			t.Fatal(err)
		}
		messages = append(messages, data)
	}
	for _, ordered := range []bool{false, true} {
		at := 0
		from := separate{func() ([]byte, error) {
			if at == len(messages) {
				return nil, io.EOF
			}
			at++
			return messages[at-1], nil
		}}
		render := func(d *finding.Detection) ([]byte, error) { return fmt.Append(nil, d.Finding.Evidence.Complete), nil }
		got := analyse(t, Config{Ordered: ordered, Render: render}, set(opens("a", "/etc/passwd")), from)
		if !slices.Equal(got.ids, []string{"true", "false", "false"}) || got.lost != 4 {
			t.Errorf("ordered %v: complete %v, %d lost", ordered, got.ids, got.lost)
		}
		if lost := got.findings[2].Finding.Evidence.Lost; len(lost) != 1 || lost[0].Count != 4 {
			t.Errorf("lost %+v", lost)
		}
	}
}

// separate gives each message a piece of its own.
type separate struct{ next func() ([]byte, error) }

func (s separate) Next() (recording.Piece, error) {
	message, err := s.next()
	if err != nil {
		return nil, err
	}
	given := false
	return recording.NewBatches(func() ([]byte, error) {
		if given {
			return nil, io.EOF
		}
		given = true
		return message, nil
	}).Next()
}

func TestFaults(t *testing.T) {
	s := set(signature{id: "bad", match: func(_ *sdk.Context, e *event.Event) error {
		if path, _ := e.String("pathname"); path == "/etc/passwd" {
			return errors.New("out of sorts")
		}
		return nil
	}}, opens("good", "/etc/passwd"))
	got := analyse(t, Config{}, s, lines(openat("/x")+"\n"+openat("/etc/passwd")))
	if !slices.Equal(got.faults, []string{"line 3: bad: out of sorts"}) || len(got.ids) != 1 {
		t.Errorf("faults %q, findings %v", got.faults, got.ids)
	}
	unable := func(*finding.Detection) ([]byte, error) { return nil, errors.New("no ink") }
	got = analyse(t, Config{Render: unable}, set(opens("good", "/etc/passwd")), lines(openat("/etc/passwd")))
	if !slices.Equal(got.faults, []string{"line 1: good: render the finding: no ink"}) || len(got.ids) != 0 {
		t.Errorf("faults %q, findings %v", got.faults, got.ids)
	}
}

// What was read before the input broke is delivered.
func TestReaderFails(t *testing.T) {
	broken := errors.New("disk gone")
	from := recording.NewLines(io.MultiReader(strings.NewReader(stream(5000)), errorReader{broken}))
	var g told
	err := Run(t.Context(), Config{Render: id}, set(opens("a", "/etc/passwd")), from, g.take)
	if !errors.Is(err, broken) || g.events+len(g.invalid) != 5000 || len(g.ids) != 715 {
		t.Errorf("%d events, %d findings, %v", g.events, len(g.ids), err)
	}
}

type errorReader struct{ err error }

func (r errorReader) Read([]byte) (int, error) { return 0, r.err }

func TestDeliverFails(t *testing.T) {
	full := errors.New("full")
	calls := 0
	err := Run(t.Context(), Config{Render: id}, set(), lines(stream(5000)), func(context.Context, *Outcome) error {
		calls++
		return full
	})
	if !errors.Is(err, full) || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

func TestCancel(t *testing.T) {
	for _, ordered := range []bool{false, true} {
		ctx, cancel := context.WithCancel(t.Context())
		events := 0
		err := Run(ctx, Config{Render: id, Ordered: ordered}, set(opens("a", "/x")), endless{}, func(_ context.Context, out *Outcome) error {
			if events += out.Count; events > 10_000 {
				cancel()
			}
			return nil
		})
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Errorf("ordered %v: %v", ordered, err)
		}
	}
}

// endless is the same piece for ever.
type endless struct{}

func (endless) Next() (recording.Piece, error) {
	return lines(strings.Repeat(openat("/y"), 100)).Next()
}

// Where nobody takes what is found, no more is read than the Config allows.
func TestReadsAheadWithinBounds(t *testing.T) {
	const piece, pieces = 64 << 10, 60
	var read atomic.Int64
	from := readerFunc(func() (recording.Piece, error) {
		if read.Add(1) > pieces {
			return nil, io.EOF
		}
		return lines(openat(strings.Repeat("x", piece))).Next()
	})
	most := int64(0)
	delivered := int64(0)
	cfg := Config{Workers: 8, MaxBytes: 4*piece + 4*1000, Render: id}
	err := Run(t.Context(), cfg, set(), from, func(context.Context, *Outcome) error {
		if delivered < 5 {
			time.Sleep(20 * time.Millisecond)
		}
		most = max(most, read.Load()-delivered)
		delivered++
		return nil
	})
	// One more waits for its turn in the reader's hand.
	if err != nil || delivered != pieces || most > 4+1 {
		t.Errorf("%d pieces were read ahead, %d delivered, %v", most, delivered, err)
	}
	// A piece that is larger than all of it has its turn alone.
	got := analyse(t, Config{MaxBytes: 10}, set(), lines(openat("/x")+openat("/y")))
	if got.events != 2 {
		t.Errorf("%d events", got.events)
	}
}

type readerFunc func() (recording.Piece, error)

func (f readerFunc) Next() (recording.Piece, error) { return f() }

func TestConfig(t *testing.T) {
	for _, c := range []struct {
		cfg  Config
		want string
	}{
		{Config{Render: id, Workers: -1}, "workers"}, {Config{Render: id, MaxBytes: -1}, "bytes"}, {Config{}, "renders"},
	} {
		err := Run(t.Context(), c.cfg, set(), lines(""), func(context.Context, *Outcome) error { return nil })
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
}

// closing is a signature in nobody's language that counts its instances.
type closing struct{ open, closed *atomic.Int32 }

func (closing) Metadata() sdk.Metadata    { return sdk.Metadata{ID: "closing", Version: "1"} }
func (closing) Selectors() []sdk.Selector { return []sdk.Selector{{Source: sdk.Source}} }
func (closing) Digest() string            { return "d" }
func (closing) Source() string            { return "test" }

func (c closing) NewInstance(func(engine.Report)) engine.Instance {
	c.open.Add(1)
	return c
}

func (closing) Evaluate(context.Context, *engine.Input) error { return nil }

func (c closing) Close() {
	if c.closed.Add(1) == 1 {
		panic("unwilling")
	}
}

// Every instance is closed at the end, and one that is unwilling is told of.
func TestClose(t *testing.T) {
	for _, ordered := range []bool{false, true} {
		c := closing{new(atomic.Int32), new(atomic.Int32)}
		var g told
		err := Run(t.Context(), Config{Render: id, Ordered: ordered, Workers: 3}, engine.NewSet([]engine.Program{c}, engine.Limits{}),
			lines(stream(1000)), g.take)
		if err == nil || !strings.Contains(err.Error(), "unwilling") || g.events+len(g.invalid) != 1000 {
			t.Errorf("ordered %v: %d events, %v", ordered, g.events, err)
		}
		if c.open.Load() == 0 || c.open.Load() != c.closed.Load() {
			t.Errorf("ordered %v: %d instances, %d closed", ordered, c.open.Load(), c.closed.Load())
		}
	}
}
