package engine

import (
	"context"
	"fmt"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/state"
	"github.com/weirsec/weir/signatures/sdk"
)

// sampleEvery is how many evaluations there are for each one whose time is
// taken: reading the clock costs as much as a small signature.
const sampleEvery = 32

// Evaluator runs a Set for one partition. It is used by one goroutine at a
// time.
type Evaluator struct {
	set   *Set
	slots []slot
	// routes are for events of the stream, onFindings for those that are made
	// of findings.
	routes, onFindings routes
	clock              state.Clock
	counters           evaluatorCounters
	// sources are nil where there are none; learning is whether they want every
	// event.
	sources  Bound
	learning bool

	// at is the event at hand, of which kept is a copy where somebody needs
	// one; see Hold for held.
	at      occasion
	kept    *occasion
	held    bool
	input   Input
	matches []Match
	faults  []Fault
}

// Evaluator returns a new Evaluator of the set, to be used by one goroutine at
// a time.
func (s *Set) Evaluator() *Evaluator { return s.Successor(nil) }

// Successor returns a new Evaluator that takes the place of another one, which
// may be nil and must not be used any more: signatures that both sets have,
// with the same id, version and content, keep what they remember.
func (s *Set) Successor(old *Evaluator) *Evaluator {
	e := &Evaluator{
		set: s, slots: make([]slot, len(s.signatures)),
		routes: s.newRoutes(s.index.selecting, false), onFindings: s.newRoutes(s.index.naming, true),
	}
	if s.sources != nil {
		e.sources = s.sources.Bind(func() *event.Event { return e.at.event })
	}
	for i, member := range s.signatures {
		e.slots[i].open(e, i, member)
	}
	if old != nil {
		e.inherit(old)
		if e.learning && old.sources != nil {
			e.sources.Inherit(old.sources)
		}
	}
	s.mu.Lock()
	s.evaluators = append(s.evaluators, e)
	s.mu.Unlock()
	return e
}

// Evaluate delivers an event to each signature that selects it, once, then
// what they found to those who select that, and returns what matched and what
// failed. Both slices are valid until the next call.
func (e *Evaluator) Evaluate(ctx context.Context, ev *event.Event) ([]Match, []Fault) {
	e.forget()
	if e.learning {
		e.sources.Learn(ev)
	}
	to := e.routes.of(sdk.Source, ev)
	if len(to.members) == 0 {
		return nil, nil
	}
	if to.index == nil {
		e.all(ctx, to, ev)
	} else {
		e.candidates(ctx, to, ev)
	}
	if len(e.matches) > 0 {
		e.chain(ctx)
	}
	return e.matches, e.faults
}

// all has all members of a route look at an event.
func (e *Evaluator) all(ctx context.Context, to *route, ev *event.Event) {
	if to.gates == nil {
		e.begin(ev)
		for _, i := range to.members {
			e.run(ctx, &e.slots[i])
		}
		return
	}
	asked := 0
	for at := range to.members {
		asked += e.give(ctx, to, at, ev, asked == 0)
	}
	e.counters.sifted.Add(uint64(len(to.members) - asked))
}

// candidates has those members of a route look at an event that could match it.
func (e *Evaluator) candidates(ctx context.Context, to *route, ev *event.Event) {
	to.index.Candidates(ev, to.candidates)
	asked := 0
	for i := to.candidates.Next(0); i >= 0; i = to.candidates.Next(i + 1) {
		asked += e.give(ctx, to, i, ev, asked == 0)
	}
	e.counters.sifted.Add(uint64(len(to.members) - asked))
}

// give has one member of a route look at an event, if its gate admits that, and
// returns how many have. Before the first of them the event is put at hand: one
// that nobody gets leaves nothing behind.
func (e *Evaluator) give(ctx context.Context, to *route, at int, ev *event.Event, first bool) int {
	if to.gates != nil && !to.gates[at].Admits(ev) {
		return 0
	}
	if first {
		e.begin(ev)
	}
	e.run(ctx, &e.slots[to.members[at]])
	return 1
}

// forget makes room for what the next event gives.
func (e *Evaluator) forget() {
	clear(e.matches)
	clear(e.faults)
	e.matches, e.faults = e.matches[:0], e.faults[:0]
}

// begin puts an event of the stream at hand.
func (e *Evaluator) begin(ev *event.Event) {
	if e.at.cause != "" {
		e.at = occasion{}
	}
	e.at.event = ev
	e.ready()
}

// ready makes ready for the evaluation of the event at hand.
func (e *Evaluator) ready() {
	e.kept = nil
	e.clock.Set(e.at.event.Time)
	e.input.reset(e.at.event)
}

// run evaluates one signature and keeps its faults to itself.
func (e *Evaluator) run(ctx context.Context, s *slot) {
	if s.standing.out.Load() != nil {
		s.counters.skipped.Add(1)
		return
	}
	var err error
	if n := s.events.Add(1); n%sampleEvery == 1 || s.watched {
		err = e.watch(ctx, s, n%sampleEvery == 1)
	} else {
		err = e.guarded(ctx, s)
	}
	if err != nil || s.refused != nil {
		e.fault(s, err)
	}
}

// watch evaluates a signature and takes the time, and what it may need later.
func (e *Evaluator) watch(ctx context.Context, s *slot, sampled bool) error {
	if s.receiver != nil {
		s.last = e.keep()
		if !sampled && s.watching.hot == 0 {
			return e.guarded(ctx, s)
		}
	}
	err := e.timed(ctx, s, sampled)
	s.watched = s.receiver != nil || s.watching.hot > 0
	return err
}

func (e *Evaluator) guarded(ctx context.Context, s *slot) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = panicError{value}
		}
	}()
	return s.instance.Evaluate(ctx, &e.input)
}

// report takes one match of the event at hand.
func (e *Evaluator) report(s *slot, r Report) {
	if e.at.event == nil {
		s.refused = errNoEvent
		return
	}
	limit := e.set.limits.DocumentBytes
	if n := s.events.Load(); s.reporting != n {
		s.reporting, s.reported = n, 0
	}
	s.reported += sizeOf(&r, limit-s.reported)
	if s.reported > limit {
		s.refused = fmt.Errorf("%w: more than %d bytes reported", ErrBudget, limit)
		return
	}
	s.counters.matches.Add(1)
	m := Match{
		Signature: s.signature, Event: e.at.event, Data: r.Data, Events: r.Events, WindowStart: r.WindowStart,
		Cause: e.at.cause, depth: e.at.depth,
	}
	if m.Events == nil {
		m.Events = e.at.events
	}
	if m.WindowStart == 0 {
		m.WindowStart = e.at.windowStart
	}
	if n := len(e.matches); n > 0 && e.matches[n-1].Signature == s.signature && e.matches[n-1].Event == m.Event {
		m.Ordinal = e.matches[n-1].Ordinal + 1
	}
	e.matches = append(e.matches, m)
}
