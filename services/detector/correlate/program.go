package correlate

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/signatures/sdk"
)

// program is a signature whose matches are correlated. What it does not say of
// itself its base does.
type program struct {
	engine.Program
	rule     rule
	metadata sdk.Metadata
	digest   string
}

// New returns a Program that fires where the matches of p meet the correlation.
// It returns an error that names the key of the correlation which makes no sense
// for this signature.
func New(p engine.Program, c sdk.Correlation) (engine.Program, error) {
	r, err := compile(c, p.Selectors())
	if err != nil {
		return nil, fmt.Errorf("correlation: %w", err)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s", p.Digest(), r.fingerprint))
	made := &program{Program: p, rule: r, metadata: p.Metadata(), digest: hex.EncodeToString(sum[:8])}
	made.metadata.Correlation = &c
	return made, nil
}

// Metadata is that of the base, with the correlation.
func (p *program) Metadata() sdk.Metadata { return p.metadata }

// Digest identifies the base together with the correlation.
func (p *program) Digest() string { return p.digest }

// Unwrap returns the signature without its correlation.
func (p *program) Unwrap() engine.Program { return p.Program }

// Tier says how the base is evaluated, where it says so.
func (p *program) Tier() (tier, reason string) {
	if base, ok := p.Program.(interface{ Tier() (tier, reason string) }); ok {
		return base.Tier()
	}
	return "", ""
}

// State declares the stores of the base.
func (p *program) State() []sdk.StateSpec {
	if base, ok := p.Program.(interface{ State() []sdk.StateSpec }); ok {
		return base.State()
	}
	return nil
}

// Check returns what is wrong with the base, where it knows.
func (p *program) Check() error {
	if base, ok := p.Program.(interface{ Check() error }); ok {
		return base.Check()
	}
	return nil
}

// NewInstance returns an instance with a memory of its own.
func (p *program) NewInstance(report func(engine.Report)) engine.Instance {
	i := &instance{rule: &p.rule, report: report, memory: newMemory(&p.rule)}
	i.base = p.Program.NewInstance(i.matched)
	if receiver, ok := i.base.(signalled); ok {
		return &receiving{i, receiver}
	}
	return i
}
