package sigbench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/signatures/sdk"
)

// Engine is one way to evaluate the signatures.
type Engine struct {
	Name string
	Set  *engine.Set
}

// Options say how to measure.
type Options struct {
	// Time is how long each signature is measured; the signatures together are
	// measured for as long. It must be positive.
	Time time.Duration
	// Progress is told before each measurement how many are done, of how many,
	// and what comes. It may be nil.
	Progress func(done, of int, next string)
}

// Measure runs each signature of each engine on those of the events that it
// selects, again and again, and then all of them on all events.
func Measure(ctx context.Context, engines []Engine, events []*event.Event, opts Options) (*Report, error) {
	switch {
	case len(events) == 0:
		return nil, errors.New("there are no events to measure with")
	case opts.Time <= 0:
		return nil, fmt.Errorf("the time to measure must be positive: %s", opts.Time)
	}
	of := 0
	for _, e := range engines {
		of += len(e.Set.Signatures()) + 1
	}
	done := 0
	progress := func(next string) {
		if opts.Progress != nil {
			opts.Progress(done, of, next)
		}
		done++
	}
	r := &Report{Results: []Result{}, Totals: []Total{}}
	for _, e := range engines {
		var results []Result
		for _, member := range e.Set.Signatures() {
			progress(member.Metadata.ID)
			result, err := alone(ctx, e, member, events, opts.Time)
			if err != nil {
				return nil, err
			}
			results = append(results, result)
		}
		rank(results)
		r.Results = append(r.Results, results...)
		progress("all together")
		m, err := repeat(ctx, e.Set.Evaluator(), events, opts.Time)
		if err != nil {
			return nil, err
		}
		r.Totals = append(r.Totals, Total{e.Name, len(events), m.nanos, m.allocs, m.bytes})
	}
	return r, nil
}

// alone measures one signature.
func alone(ctx context.Context, e Engine, member *engine.Signature, events []*event.Event, limit time.Duration) (Result, error) {
	r := Result{Signature: member.Metadata.ID, Source: member.Source, Engine: e.Name, Tier: tier(member, e.Name)}
	set := e.Set.Only(member)
	selected := slices.DeleteFunc(slices.Clone(events), func(ev *event.Event) bool {
		return len(set.Selecting(sdk.Source, ev.Name(), ev.Origin())) == 0
	})
	r.Selected = len(selected)
	if len(selected) == 0 {
		return r, nil
	}
	// One pass for what it does; the others are for what it costs.
	evaluator := set.Evaluator()
	for _, ev := range selected {
		matches, faults := evaluator.Evaluate(ctx, ev)
		r.Matches += len(matches)
		r.Errors += len(faults)
	}
	r.Evaluated = int(set.Stats()[0].Events)
	m, err := repeat(ctx, evaluator, selected, limit)
	if err != nil {
		return r, err
	}
	r.Evaluations = m.evaluations
	r.Nanos, r.Allocs, r.Bytes = m.nanos, m.allocs, m.bytes
	r.Quarantined = set.Signatures()[0].Quarantined()
	return r, nil
}

// tiered is a signature that says itself how it is evaluated, and why.
type tiered interface {
	Tier() (tier, reason string)
}

// tier names the way in which a signature is evaluated: what it says itself, or
// what follows from its source.
func tier(member *engine.Signature, engineName string) string {
	if t, ok := any(member).(tiered); ok {
		if name, _ := t.Tier(); name != "" {
			return name
		}
	}
	if strings.HasPrefix(member.Source, "go:") {
		return "go"
	}
	return engineName
}

// cost is what one event costs.
type cost struct {
	evaluations          int
	nanos, allocs, bytes float64
}

// repeat evaluates the events over and over until the time is up, the last
// round not begun later.
func repeat(ctx context.Context, evaluator *engine.Evaluator, events []*event.Event, limit time.Duration) (cost, error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	n := 0
	for time.Since(start) < limit || n == 0 {
		for _, e := range events {
			evaluator.Evaluate(ctx, e)
		}
		n += len(events)
		if err := ctx.Err(); err != nil {
			return cost{}, fmt.Errorf("measuring was stopped: %w", err)
		}
	}
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	per := func(total uint64) float64 { return float64(total) / float64(n) }
	return cost{
		evaluations: n, nanos: per(uint64(took)),
		allocs: per(after.Mallocs - before.Mallocs), bytes: per(after.TotalAlloc - before.TotalAlloc),
	}, nil
}

// rank puts the results in the order of what they cost a stream of these
// events, the most expensive first, and fills in their shares.
func rank(results []Result) {
	weight := func(r Result) float64 { return r.Nanos * float64(r.Selected) }
	sum := 0.0
	for _, r := range results {
		sum += weight(r)
	}
	for i := range results {
		if sum > 0 {
			results[i].Share = weight(results[i]) / sum
		}
	}
	slices.SortStableFunc(results, func(a, b Result) int {
		return cmp.Or(cmp.Compare(weight(b), weight(a)), cmp.Compare(a.Signature, b.Signature))
	})
}
