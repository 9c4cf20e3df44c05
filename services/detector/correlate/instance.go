package correlate

import (
	"context"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/signatures/sdk"
)

// instance correlates the matches of one partition.
type instance struct {
	rule   *rule
	base   engine.Instance
	report func(engine.Report)
	memory *memory
	// at is the event at hand, nil where there is none.
	at *event.Event
	// key is reused for the key of each match.
	key []byte
}

// Evaluate lets the base look at the event.
func (i *instance) Evaluate(ctx context.Context, in *engine.Input) error {
	i.at = in.Event
	err := i.base.Evaluate(ctx, in)
	i.at = nil
	return err
}

// matched takes a match of the base.
func (i *instance) matched(r engine.Report) {
	if i.at == nil {
		// It was reported on a signal, and belongs to no time.
		i.memory.counts.valueless.Add(1)
		return
	}
	value, ok := i.rule.valueOf(i.at, r.Data)
	if !ok {
		i.memory.counts.valueless.Add(1)
		return
	}
	i.key = i.rule.appendKey(i.key[:0], i.at, r.Data)
	e := entry{time: i.at.Time, id: i.at.ID(), value: value}
	if found := i.memory.take(i.key, e); found != nil {
		i.report(i.rule.tell(i.key, found, e, r.Data))
	}
	i.memory.trim(i.at.Time)
}

// Forgotten returns what was left out so far; it may be called while the
// instance is in use.
func (i *instance) Forgotten() engine.Forgotten { return i.memory.counts.forgotten() }

// UseHost gives the base its host, where it wants one.
func (i *instance) UseHost(h sdk.Host) {
	if base, ok := i.base.(interface{ UseHost(h sdk.Host) }); ok {
		base.UseHost(h)
	}
}

// Snapshot appends what the instance remembers to dst: the same matches in the
// same order give the same bytes.
func (i *instance) Snapshot(dst []byte) []byte { return i.memory.snapshot(dst) }

// Restore puts what Snapshot wrote in the place of what the instance remembers.
// After an error, which says what is wrong with the bytes or that they are of
// another correlation, it remembers what it did before.
func (i *instance) Restore(data []byte) error { return i.memory.restore(data) }

// signalled is an instance that wants signals.
type signalled interface {
	OnSignal(ctx context.Context, s sdk.Signal) error
}

// receiving is an instance whose base wants signals.
type receiving struct {
	*instance
	base signalled
}

// OnSignal passes a signal on. What the base reports of it is not counted.
func (r *receiving) OnSignal(ctx context.Context, s sdk.Signal) error {
	r.at = nil // a panic of the base may have left it
	return r.base.OnSignal(ctx, s)
}
