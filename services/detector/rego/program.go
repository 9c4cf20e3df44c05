package rego

import (
	"context"
	"fmt"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/signatures/sdk"
)

// program is one loaded signature.
type program struct {
	metadata  sdk.Metadata
	selectors []sdk.Selector
	digest    string
	source    string
	match     *query
	timeout   time.Duration
	// demand is what signatures derive their common input document by.
	demand *demand
}

func (p *program) Metadata() sdk.Metadata    { return p.metadata }
func (p *program) Selectors() []sdk.Selector { return p.selectors }
func (p *program) Digest() string            { return p.digest }
func (p *program) Source() string            { return p.source }

func (p *program) NewInstance(report func(engine.Report)) engine.Instance {
	return &instance{program: p, report: report, input: p.demand.input}
}

// instance evaluates one signature for one partition.
type instance struct {
	program  *program
	report   func(engine.Report)
	input    func(e *event.Event) any
	deadline deadline
}

func (i *instance) Evaluate(ctx context.Context, in *engine.Input) error {
	input, ok := in.Derive(i.program.demand, i.input).(*ast.Term)
	if !ok {
		return fmt.Errorf("the event has no form that Rego can read")
	}
	value, err := i.program.match.eval(ctx, input, &i.deadline, i.program.timeout)
	if err != nil {
		return err
	}
	switch value := value.(type) {
	case ast.Boolean:
		if value {
			i.report(engine.Report{})
		}
	case ast.Object:
		data, err := document(value)
		if err != nil {
			return err
		}
		i.report(engine.Report{Data: data})
	}
	// A value of any other type is no match, as it is for Tracee.
	return nil
}

// document returns an object as Go values, numbers as json.Number.
func document(object ast.Object) (map[string]any, error) {
	value, err := ast.JSON(object)
	if err != nil {
		return nil, fmt.Errorf("the matching document is no JSON: %w", err)
	}
	data, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("the matching document is a %T", value)
	}
	return data, nil
}
