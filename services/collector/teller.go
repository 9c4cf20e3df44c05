package collector

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/ledger"
)

const (
	// tellEvery is how often it is told how much the broker has.
	tellEvery   = 10 * time.Second
	tellTimeout = 3 * time.Second
	// lastTold bounds telling at the end.
	lastTold = time.Second
)

// notebook is a Publisher that keeps what the ledger is told.
type notebook interface {
	// PutWritten stores how far a run of a node's numbers has come.
	PutWritten(ctx context.Context, node string, run uint64, value []byte) error
}

// teller tells the ledger how many events the broker has got: when nothing
// follows, and the stream gives up the last ones, nobody else knows of them.
type teller struct {
	to  notebook
	log *slog.Logger

	mu      sync.Mutex
	written ledger.Written
	// silent says that it may not tell, or failed to.
	silent, failed bool
}

// newTeller returns one that tells nothing where the publisher keeps nothing.
func newTeller(pub Publisher, log *slog.Logger) *teller {
	to, _ := pub.(notebook)
	return &teller{to: to, log: log}
}

// wrote notes that the broker has a batch.
func (t *teller) wrote(env *eventpb.Envelope) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.written.Note(ledger.Run{
		Node: strings.Clone(env.GetNode()), Boot: strings.Clone(env.GetBootId()), Run: env.GetRun(), Began: env.GetRunTime(),
		Events: env.GetEventsBefore() + uint64(env.GetCount()),
	})
}

// run tells now and then, until ctx ends.
func (t *teller) run(ctx context.Context) {
	for sleep(ctx, tellEvery) == nil {
		t.tell(ctx)
	}
}

// tell tells what is new.
func (t *teller) tell(ctx context.Context) {
	t.mu.Lock()
	var runs []ledger.Run
	if t.to != nil && !t.silent {
		runs = t.written.Take()
	}
	t.mu.Unlock()
	for i, run := range runs {
		err := t.tellOne(ctx, run)
		if err == nil {
			continue
		}
		t.mu.Lock()
		for _, untold := range runs[i:] {
			t.written.Return(untold)
		}
		t.silent = errors.Is(err, bus.ErrDenied)
		t.mu.Unlock()
		if !t.failed && ctx.Err() == nil {
			t.failed = true
			t.log.LogAttrs(ctx, slog.LevelWarn, "the ledger is not told how many events were published: it will not know of "+
				"the last ones where they are lost in the stream", slog.Any("error", err))
		}
		return
	}
}

func (t *teller) tellOne(ctx context.Context, run ledger.Run) error {
	ctx, cancel := context.WithTimeout(ctx, tellTimeout)
	defer cancel()
	report := ledger.Report{Stage: ledger.StageCollector, Time: time.Now().UnixNano(), Runs: []ledger.Run{run}}
	value, err := report.Encode()
	if err != nil {
		return err
	}
	return t.to.PutWritten(ctx, run.Node, run.Run, value)
}
