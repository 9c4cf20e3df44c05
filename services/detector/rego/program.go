package rego

import (
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/prefilter"
	"github.com/weirsec/weir/services/detector/rego/condition"
	"github.com/weirsec/weir/services/detector/rego/machine"
	"github.com/weirsec/weir/services/detector/rego/value"
	"github.com/weirsec/weir/signatures/sdk"
	"github.com/weirsec/weir/signatures/sdk/datasource"
)

// The ways in which a signature is evaluated.
const (
	// TierCompiled is by closures that were compiled from OPA's plan.
	TierCompiled = "compiled"
	// TierTopdown is by OPA's own evaluator.
	TierTopdown = "topdown"
)

// program is one loaded signature.
type program struct {
	metadata  sdk.Metadata
	selectors []sdk.Selector
	digest    string
	source    string
	timeout   time.Duration
	// reference is the match as topdown evaluates it, demand what signatures
	// derive their common input document by.
	reference *query
	demand    *demand
	// closures is the match compiled; nil where it could not be, for reason.
	closures *closures
	// match names the rule of the match.
	match    ast.Ref
	reason   string
	demotion demotion
	// sources are the data sources that its functions ask, by their ids.
	sources map[string]bool
	// waits is whether its functions may ask others' sources, which may wait.
	waits bool
	// plain leaves everything to topdown, the skipping of evaluations too.
	plain bool
	// shadow is how many evaluations there are for each one that both do.
	shadow uint64
}

func (p *program) Metadata() sdk.Metadata    { return p.metadata }
func (p *program) Selectors() []sdk.Selector { return p.selectors }
func (p *program) Digest() string            { return p.digest }
func (p *program) Source() string            { return p.source }

// Tier says how the signature is evaluated, and where it is not compiled why
// not.
func (p *program) Tier() (tier, reason string) {
	if p.closures == nil {
		return TierTopdown, p.reason
	}
	if why := p.demotion.demoted(); why != nil {
		return TierTopdown, *why
	}
	return TierCompiled, ""
}

// Asks reports whether one of Weir's functions that the signature calls asks a
// source.
func (p *program) Asks(namespace, id string) bool {
	return namespace == datasource.Namespace && p.sources[id]
}

// NeverWaits reports whether its functions ask no source but Weir's own: all others
// compute from what they are given.
func (p *program) NeverWaits() bool { return !p.waits }

// Condition returns what the signature asks of an event of that name.
func (p *program) Condition(event string) prefilter.Condition {
	if p.plain {
		return prefilter.Any()
	}
	return condition.Of(p.reference.compiler, p.match, event)
}

func (p *program) NewInstance(report func(engine.Report)) engine.Instance {
	i := &instance{program: p, report: report, input: p.demand.input}
	if p.closures != nil {
		i.run = p.closures.run(machine.Limits{Time: p.timeout})
	}
	return i
}

// atHand is the event at hand as all compiled signatures of an evaluator see
// it.
type atHand struct {
	serial uint64
	event  value.Event
}

// atHandKey is what it is kept by.
type atHandKey struct{}

// at returns the event at hand.
func (s *atHand) at(in *engine.Input) *value.Event {
	if s.serial != in.Serial() || s.event.Event() == nil {
		s.serial = in.Serial()
		s.event.Reset(in.Event)
	}
	return &s.event
}
