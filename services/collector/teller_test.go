package collector

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/ledger"
)

// runsTold returns what the ledger was told of collectors.
func runsTold(t *testing.T, conn *bus.Conn) []ledger.Run {
	t.Helper()
	stored, err := conn.Reports(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var runs []ledger.Run
	for _, value := range stored {
		r, err := ledger.ParseReport(value)
		if err != nil {
			t.Fatal(err)
		}
		if r.Stage == ledger.StageCollector {
			runs = append(runs, r.Runs...)
		}
	}
	return runs
}

// When a collector ends, the ledger knows how many events the broker has.
func TestLedgerIsToldWhatWasWritten(t *testing.T) {
	conn := bustest.Run(t)
	cfg := config()
	cfg.Subject = bus.RawSubject
	c, err := New(cfg, script(func(_ context.Context, sink Sink) error {
		for i := range 700 {
			sink.Record(rec(catalogue.Openat, uint64(i+1)))
		}
		return nil
	}), conn, stage.Settings{Instance: "i"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	runs := runsTold(t, conn)
	if len(runs) != 1 || runs[0].Node != "n" || runs[0].Events != 700 || runs[0].Run == 0 || runs[0].Began == 0 || runs[0].Boot == "" {
		t.Errorf("told %+v", runs)
	}
}

// What was on disk for a while keeps its numbers.
func TestFactsHaveNumbers(t *testing.T) {
	env := &eventpb.Envelope{Node: "n", BootId: "b", Run: 4, RunTime: 5, EventsBefore: 6, Count: 7}
	text, err := factsOf(&batch{raw: &eventpb.RawBatch{Envelope: env}}).MarshalVT()
	if err != nil {
		t.Fatal(err)
	}
	facts, err := readFacts(text)
	if err != nil {
		t.Fatal(err)
	}
	teller := newTeller(nil, nil)
	teller.wrote(facts)
	if runs := teller.written.Take(); len(runs) != 1 || runs[0] != (ledger.Run{Node: "n", Boot: "b", Run: 4, Began: 5, Events: 13}) {
		t.Errorf("%+v", runs)
	}
}

// book is a notebook that fails as it is told to.
type book struct {
	mu    sync.Mutex
	err   error
	calls int
	told  map[string]bool
}

func (*book) Publish(context.Context, stage.Output) error { return nil }

func (b *book) PutWritten(_ context.Context, node string, _ uint64, _ []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.calls++; b.err == nil {
		b.told[node] = true
	}
	return b.err
}

// What could not be told is told later; who may not tell gives up.
func TestTellerGoesOn(t *testing.T) {
	b := &book{told: map[string]bool{}, err: errors.New("away")}
	teller := newTeller(b, slog.New(slog.DiscardHandler))
	for _, node := range []string{"a", "b"} {
		teller.wrote(&eventpb.Envelope{Node: node, BootId: "b", Run: 4, Count: 2})
	}
	teller.tell(t.Context())
	if b.calls != 1 {
		t.Errorf("tried %d times while the broker is away", b.calls)
	}
	b.err = nil
	teller.tell(t.Context())
	teller.tell(t.Context())
	if len(b.told) != 2 || b.calls != 3 {
		t.Errorf("told of %d nodes in %d calls", len(b.told), b.calls)
	}
	b.err = bus.ErrDenied
	for i := range 3 {
		teller.wrote(&eventpb.Envelope{Node: "a", BootId: "b", Run: 4, EventsBefore: uint64(2 + i), Count: 1})
		teller.tell(t.Context())
	}
	if b.calls != 4 {
		t.Errorf("asked %d times for what is denied", b.calls-3)
	}
}
