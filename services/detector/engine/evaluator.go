package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

const (
	// sampleEvery is how many evaluations there are for each one whose time is
	// taken: reading the clock costs as much as a small signature.
	sampleEvery = 32
	// maxRoutes bounds the memory of routes, because imported events may bring
	// any number of names. Beyond it routes are worked out anew each time.
	maxRoutes = 4096
)

// Evaluator runs a Set for one partition. It is used by one goroutine at a
// time.
type Evaluator struct {
	set     *Set
	slots   []slot
	routes  map[route]*sieve
	input   Input
	matches []Match
	faults  []Fault
}

type route struct{ name, origin string }

// slot is one signature's instance with its counters.
type slot struct {
	signature *Signature
	instance  Instance
	counters  counters
}

// Evaluator returns a new Evaluator of the set, to be used by one goroutine at
// a time.
func (s *Set) Evaluator() *Evaluator {
	e := &Evaluator{set: s, slots: make([]slot, len(s.signatures)), routes: make(map[route]*sieve)}
	for i, member := range s.signatures {
		e.slots[i].signature = member
		e.slots[i].instance = member.program.NewInstance(func(r Report) { e.report(i, r) })
	}
	s.mu.Lock()
	s.evaluators = append(s.evaluators, e)
	s.mu.Unlock()
	return e
}

// Evaluate delivers an event to each signature that selects it, once, and
// returns what matched and what failed. Both slices are valid until the next
// call.
func (e *Evaluator) Evaluate(ctx context.Context, ev *event.Event) ([]Match, []Fault) {
	clear(e.matches)
	clear(e.faults)
	e.matches, e.faults = e.matches[:0], e.faults[:0]
	s := e.route(ev)
	if len(s.selected) == 0 {
		return nil, nil
	}
	e.input.reset(ev)
	if !s.sift(ev) {
		for _, i := range s.selected {
			e.run(ctx, &e.slots[i])
		}
		return e.matches, e.faults
	}
	for i := s.candidates.Next(0); i >= 0; i = s.candidates.Next(i + 1) {
		e.run(ctx, &e.slots[s.selected[i]])
	}
	return e.matches, e.faults
}

func (e *Evaluator) route(ev *event.Event) *sieve {
	key := route{ev.Name(), ev.Origin()}
	found, known := e.routes[key]
	if known {
		return found
	}
	// The name may be a piece of a message that should not be kept.
	key.name = strings.Clone(key.name)
	selected := e.set.route(sdk.Source, key.name, key.origin)
	if len(e.routes) >= maxRoutes {
		return &sieve{selected: selected}
	}
	found = e.set.newSieve(key.name, selected)
	e.routes[key] = found
	return found
}

// run evaluates one signature and keeps its faults to itself.
func (e *Evaluator) run(ctx context.Context, s *slot) {
	if s.signature.Quarantined() {
		s.counters.skipped.Add(1)
		return
	}
	n := s.counters.events.Add(1)
	var err error
	if n%sampleEvery == 1 {
		start := time.Now()
		err = e.guarded(ctx, s)
		s.counters.sampledNanos.Add(uint64(time.Since(start)))
		s.counters.sampled.Add(1)
	} else {
		err = e.guarded(ctx, s)
	}
	if err != nil {
		e.fault(s, err)
	}
}

// panicError is a panic as an error.
type panicError struct{ value any }

func (p panicError) Error() string { return fmt.Sprint("panic: ", p.value) }

func (e *Evaluator) guarded(ctx context.Context, s *slot) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = panicError{value}
		}
	}()
	return s.instance.Evaluate(ctx, &e.input)
}

func (e *Evaluator) report(i int, r Report) {
	s := &e.slots[i]
	s.counters.matches.Add(1)
	ordinal := 0
	if n := len(e.matches); n > 0 && e.matches[n-1].Signature == s.signature {
		ordinal = e.matches[n-1].Ordinal + 1
	}
	e.matches = append(e.matches, Match{
		Signature: s.signature, Data: r.Data, Ordinal: ordinal, Events: r.Events, WindowStart: r.WindowStart,
	})
}

func (e *Evaluator) fault(s *slot, err error) {
	s.counters.errors.Add(1)
	f := Fault{Signature: s.signature, Event: e.input.Event, Kind: FaultError, Err: err}
	var caught panicError
	switch {
	case errors.As(err, &caught):
		f.Kind = FaultPanic
	case errors.Is(err, ErrBudget):
		f.Kind = FaultBudget
	}
	if f.Kind != FaultError {
		f.Quarantined = s.signature.strike(e.set.limits.Strikes)
	}
	e.faults = append(e.faults, f)
}
