package rego

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/rego/value"
	"github.com/weirsec/weir/signatures/sdk"
	"github.com/weirsec/weir/signatures/sdk/datasource"
)

// instance evaluates one signature for one partition.
type instance struct {
	program *program
	report  func(engine.Report)
	// input derives the document that topdown looks at.
	input       func(e *event.Event) any
	deadline    deadline
	run         *run
	atHand      *atHand
	evaluations uint64
	// metadata holds what functions may ask.
	metadata map[string]any
}

// UseHost gives the signature's functions access to data sources.
func (i *instance) UseHost(h sdk.Host) {
	i.metadata = map[string]any{hostKey: h}
	// So that they learn from the first event on.
	for id := range i.program.sources {
		h.DataSource(datasource.Namespace, id)
	}
	if i.run != nil {
		i.run.machine.Metadata = i.metadata
	}
}

// outcome is what became of one evaluation.
type outcome struct {
	match bool
	data  map[string]any
	err   error
}

func (i *instance) Evaluate(ctx context.Context, in *engine.Input) error {
	if i.run == nil || i.program.demotion.demoted() != nil {
		return i.tell(i.byTopdown(ctx, in))
	}
	if i.atHand == nil {
		i.atHand, _ = in.Keep(atHandKey{}, func() any { return new(atHand) }).(*atHand)
	}
	v, err := i.run.eval(ctx, i.atHand.at(in))
	i.evaluations++
	if err == nil && !v.Truth() && v.Kind() != value.KindObject && i.evaluations%i.program.shadow != 0 {
		// What nearly all evaluations come to.
		return nil
	}
	return i.check(ctx, in, outcomeOf(v, err))
}

// outcomeOf is what a value of the match means: true and an object are a match,
// everything else is none, as it is for Tracee.
func outcomeOf(v value.Value, err error) outcome {
	if err != nil {
		return outcome{err: err}
	}
	if v.Kind() != value.KindObject {
		return outcome{match: v.Truth()}
	}
	data, err := v.Document()
	return outcome{match: err == nil, data: data, err: err}
}

// check holds an outcome of the closures against topdown's.
func (i *instance) check(ctx context.Context, in *engine.Input, ours outcome) error {
	if errors.Is(ours.err, engine.ErrBudget) {
		// The budgets are not the same, and topdown would only take longer.
		return ours.err
	}
	theirs := i.byTopdown(ctx, in)
	if errors.Is(theirs.err, engine.ErrBudget) {
		return i.tell(ours)
	}
	if ours.err != nil || theirs.err != nil || ours.equal(theirs) {
		// Which errors are met depends on what is looked at: topdown leaves out
		// bodies that its index says cannot succeed, a plan what is not needed.
		// Topdown's word counts then, as always.
		return i.tell(theirs)
	}
	i.program.demotion.demote(in.Event.ID())
	if err := i.tell(theirs); err != nil {
		return fmt.Errorf("%w: %w", errDisagree, err)
	}
	return errDisagree
}

// equal reports whether two outcomes make the same finding, or none.
func (o outcome) equal(other outcome) bool {
	return o.match == other.match && reflect.DeepEqual(o.data, other.data)
}

func (i *instance) tell(o outcome) error {
	if o.err == nil && o.match {
		i.report(engine.Report{Data: o.data})
	}
	return o.err
}

// byTopdown evaluates the match with OPA's own evaluator.
func (i *instance) byTopdown(ctx context.Context, in *engine.Input) outcome {
	input, ok := in.Derive(i.program.demand, i.input).(*ast.Term)
	if !ok {
		return outcome{err: fmt.Errorf("the event has no form that Rego can read")}
	}
	return i.reference(ctx, input)
}

func (i *instance) reference(ctx context.Context, input *ast.Term) outcome {
	found, err := i.program.reference.eval(ctx, input, i.metadata, &i.deadline, i.program.timeout)
	if err != nil {
		return outcome{err: err}
	}
	switch found := found.(type) {
	case ast.Boolean:
		return outcome{match: bool(found)}
	case ast.Object:
		data, err := document(found)
		return outcome{match: err == nil, data: data, err: err}
	default:
		// A value of any other type is no match, as it is for Tracee.
		return outcome{}
	}
}

// document returns an object as Go values, numbers as json.Number. Nothing of it
// refers to the event, whose memory is used again.
func document(object ast.Object) (map[string]any, error) {
	read, err := ast.JSON(object)
	if err != nil {
		return nil, fmt.Errorf("the matching document is no JSON: %w", err)
	}
	data, ok := read.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("the matching document is a %T", read)
	}
	return copiedMap(data), nil
}

// copiedMap is a document whose texts are copies, those in keys too.
func copiedMap(data map[string]any) map[string]any {
	made := make(map[string]any, len(data))
	for k, v := range data {
		made[strings.Clone(k)] = copied(v)
	}
	return made
}

func copied(v any) any {
	switch v := v.(type) {
	case string:
		return strings.Clone(v)
	case json.Number:
		return json.Number(strings.Clone(string(v)))
	case []any:
		for i := range v {
			v[i] = copied(v[i])
		}
		return v
	case map[string]any:
		return copiedMap(v)
	default:
		return v
	}
}
