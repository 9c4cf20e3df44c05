package golang

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"

	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/signatures/sdk"
)

// program is a Go signature as the engine knows it. What the signature says of
// itself is asked once.
type program struct {
	signature sdk.Signature
	metadata  sdk.Metadata
	selectors []sdk.Selector
	// origin is where the code comes from; the zero origin is this program.
	origin origin
}

// New adapts a signature to the engine.
func New(s sdk.Signature) engine.Program {
	return &program{signature: s, metadata: s.Metadata(), selectors: s.Selectors()}
}

func (p *program) Metadata() sdk.Metadata    { return p.metadata }
func (p *program) Selectors() []sdk.Selector { return p.selectors }

// Source names the Go type, behind the file that it comes from.
func (p *program) Source() string { return p.origin.source(p.typeName()) }

// Digest hashes what the signature says of itself. Code cannot be hashed: its
// author raises the version when it changes.
func (p *program) Digest() string {
	m := p.metadata
	// Properties print in the order of their keys.
	text := fmt.Sprintf("%s\n%q %q %q %v\n%v", p.typeName(), m.ID, m.Version, m.EventName, m.Properties, p.selectors) +
		p.origin.digest
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

func (p *program) typeName() string {
	t := reflect.TypeOf(p.signature)
	if w, ok := p.signature.(interface{ Wrapped() reflect.Type }); ok {
		t = w.Wrapped()
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath() + "." + t.Name()
}

func (p *program) NewInstance(report func(engine.Report)) engine.Instance {
	c := sdk.NewContext(func(data map[string]any) { report(engine.Report{Data: data}) })
	return newInstance(p.signature, c)
}
