package explain

import (
	"context"
	"fmt"
	"slices"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/prefilter"
	"github.com/weirsec/weir/services/detector/rego"
	"github.com/weirsec/weir/signatures/sdk"
)

// Subject is the signature to explain.
type Subject struct {
	Set    *engine.Set
	Member *engine.Signature
	// Unit is its file, nil where it is not written in Rego.
	Unit *rego.Unit
}

// Explain gives the events to the signature in their order and explains the
// last of them. There must be at least one.
func (s Subject) Explain(ctx context.Context, events []*event.Event) (*Explanation, error) {
	e := events[len(events)-1]
	m := s.Member.Metadata
	x := &Explanation{
		Signature: m.ID, Version: m.Version, Source: s.Member.Source,
		EventName: e.Name(), Origin: e.Origin(), Selectors: []Selector{},
	}
	for _, selector := range s.Member.Selectors {
		x.Selectors = append(x.Selectors, judge(selector, e))
	}
	wanted := s.Set.InterestOf(s.Member)
	pathArg, _ := interest.PathArg(e.Name())
	x.Needs, x.Recorded = wanted.Events, wanted.Admits(prefilter.FactsOf(e, pathArg))
	evaluator := s.Set.Evaluator()
	for _, earlier := range events[:len(events)-1] {
		evaluator.Evaluate(ctx, earlier)
	}
	s.outcome(ctx, x, evaluator, e)
	if s.Unit == nil {
		x.Note = "it is written in Go, which cannot be looked into: only its answer is known"
		return x, nil
	}
	rules, err := trace(ctx, s.Unit, e)
	if err != nil && x.Error == "" && x.Outcome != NotSelected {
		return nil, fmt.Errorf("trace %s: %w", m.ID, err)
	}
	x.Rules = rules
	return x, nil
}

// outcome asks the engine.
func (s Subject) outcome(ctx context.Context, x *Explanation, evaluator *engine.Evaluator, e *event.Event) {
	x.Outcome = NotMatched
	if !slices.ContainsFunc(x.Selectors, func(s Selector) bool { return s.Takes }) {
		x.Outcome = NotSelected
		return
	}
	matches, faults := evaluator.Evaluate(ctx, e)
	for _, m := range matches {
		if m.Signature == s.Member {
			x.Outcome = Matched
			x.Data = append(x.Data, m.Data)
		}
	}
	for _, f := range faults {
		if f.Signature == s.Member {
			x.Outcome, x.Error = Failed, f.Err.Error()
		}
	}
}

// judge tells whether a selector takes an event, and what does not fit.
func judge(s sdk.Selector, e *event.Event) Selector {
	out := Selector{Selector: s}
	switch {
	case s.Source != sdk.Source:
		out.Reason = fmt.Sprintf("the source is %s", sdk.Source)
	case s.Name != "*" && s.Name != e.Name():
		out.Reason = fmt.Sprintf("the event is %s", e.Name())
	case s.Origin != "*" && s.Origin != e.Origin():
		out.Reason = fmt.Sprintf("the origin is %s", e.Origin())
	case !engine.Takes(s, e):
		out.Reason = fmt.Sprintf("it is narrowed to %s", s.Where)
	default:
		out.Takes = true
	}
	return out
}
