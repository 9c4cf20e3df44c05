package golang

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"slices"

	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/signatures/sdk"
)

// program is a Go signature as the engine knows it. What the signature says of
// itself is asked once.
type program struct {
	signature sdk.Signature
	metadata  sdk.Metadata
	selectors []sdk.Selector
	stores    []sdk.StateSpec
	// sources are the data sources that it says it asks.
	sources []string
	// origin is where the code comes from; the zero origin is this program.
	origin origin
	// broken is why the signature cannot say what it is.
	broken error
}

// New adapts a signature to the engine. One that panics when it is asked what
// it is becomes a program that does not load.
func New(s sdk.Signature) engine.Program {
	p := &program{signature: s}
	p.broken = p.ask()
	return p
}

func (p *program) ask() (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("the signature panics when it is asked what it is: %v", value)
		}
	}()
	p.metadata = p.signature.Metadata()
	p.selectors = p.signature.Selectors()
	if stateful, ok := p.signature.(sdk.Stateful); ok {
		p.stores = stateful.State()
	}
	if asking, ok := p.signature.(sdk.Asking); ok {
		p.sources = asking.DataSources()
	}
	return nil
}

func (p *program) Metadata() sdk.Metadata    { return p.metadata }
func (p *program) Selectors() []sdk.Selector { return p.selectors }
func (p *program) State() []sdk.StateSpec    { return p.stores }
func (p *program) Check() error              { return p.broken }

// Asks reports whether the signature says that it asks a source.
func (p *program) Asks(namespace, id string) bool {
	return slices.Contains(p.sources, namespace+"/"+id)
}

// Tier is how signatures in Go are evaluated.
const Tier = "go"

// Tier says that there is but one way to run Go.
func (p *program) Tier() (tier, reason string) { return Tier, "" }

// Source names the Go type, behind the file that it comes from.
func (p *program) Source() string { return p.origin.source(p.typeName()) }

// Digest hashes what the signature says of itself. Code cannot be hashed: its
// author raises the version when it changes.
func (p *program) Digest() string {
	m := p.metadata
	// Properties print in the order of their keys.
	text := fmt.Sprintf("%s\n%q %q %q %v\n%v", p.typeName(), m.ID, m.Version, m.EventName, m.Properties, written(p.selectors))
	if len(p.stores) > 0 {
		text += fmt.Sprintf("\n%v", p.stores)
	}
	text += p.origin.digest
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// written are the selectors with their content in the place of addresses.
func written(selectors []sdk.Selector) []string {
	texts := make([]string, len(selectors))
	for i, s := range selectors {
		text := fmt.Sprintf("%s %s %s", s.Source, s.Name, s.Origin)
		if w := s.Where; w != nil {
			text += fmt.Sprintf(" %q %d %q", w.Comms, w.UIDs, w.Paths)
		}
		texts[i] = "{" + text + "}"
	}
	return texts
}

func (p *program) typeName() string {
	t := reflect.TypeOf(p.signature)
	if w, ok := p.signature.(interface{ Wrapped() reflect.Type }); ok {
		// An adapter stands for what it adapts.
		t = w.Wrapped()
	}
	if t == nil {
		return "nil"
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath() + "." + t.Name()
}

// NewInstance returns one that wants signals where the signature does.
func (p *program) NewInstance(report func(engine.Report)) engine.Instance {
	c := sdk.NewContext(func(data map[string]any) { report(engine.Report{Data: data}) })
	i := instance{signature: p.signature, context: c}
	signature, receives := p.signature.(sdk.SignalReceiver)
	if of, ok := p.signature.(sdk.Instanced); ok {
		o := owned{instance: i, of: of}
		if receives {
			return &ownedReceiver{owned: o}
		}
		return &o
	}
	if receives {
		return &receiver{instance: i, signature: signature}
	}
	return &i
}
