package machine

import (
	"errors"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/ir"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/weirsec/weir/services/detector/rego/value"
)

// bridge calls a function of OPA's: values go over as OPA's terms and come
// back. It is slow, and right by definition.
type bridge struct {
	name     string
	fn       topdown.BuiltinFunc
	relation bool
	void     bool
	location *ast.Location
}

var errNoFunction = errors.New("there is no such function")

func newBridge(name string, more map[string]*topdown.Builtin) (*bridge, error) {
	if b, ok := more[name]; ok {
		return &bridge{name: name, fn: b.Func, relation: b.Decl.Relation, void: b.Decl.Decl.Result() == nil}, nil
	}
	fn := topdown.GetBuiltin(name)
	if fn == nil {
		return nil, errNoFunction
	}
	b := &bridge{name: name, fn: fn}
	if decl, ok := ast.BuiltinMap[name]; ok {
		b.relation, b.void = decl.Relation, decl.Decl.Result() == nil
	}
	return b, nil
}

// call returns the function's result. A relation gives the array of all of its
// results, which is what plans expect.
func (b *bridge) call(m *Machine, args []value.Value) (value.Value, signal) {
	if !m.spend(1) {
		return value.Value{}, aborted
	}
	terms := make([]*ast.Term, len(args))
	for i, a := range args {
		terms[i] = a.Term()
	}
	bctx := *m.builtinContext()
	bctx.Location = b.location
	var results []value.Value
	err := b.fn(bctx, terms, func(t *ast.Term) error {
		if t == nil {
			results = append(results, value.Value{})
			return nil
		}
		results = append(results, value.FromAST(t.Value))
		return nil
	})
	if m.err != nil {
		return value.Value{}, aborted
	}
	if err != nil {
		return value.Value{}, m.builtinError(err)
	}
	return b.result(m, results)
}

func (b *bridge) result(m *Machine, results []value.Value) (value.Value, signal) {
	switch {
	case b.relation:
		list := value.NewArray(len(results))
		for _, r := range results {
			list.Append(r)
		}
		return value.OfArray(list), next
	case b.void:
		return value.Value{}, next
	case len(results) == 0:
		return value.Value{}, undefined
	}
	if !m.charge(size(results[0])) {
		return value.Value{}, aborted
	}
	return results[0], next
}

// builtinError is what becomes of an evaluation when a function fails.
func (m *Machine) builtinError(err error) signal {
	if halt, ok := errors.AsType[topdown.Halt](err); ok {
		m.abort(halt.Err)
		return aborted
	}
	if topdown.IsCancel(err) {
		m.abort(err)
		return aborted
	}
	if m.program.strict && m.failed == nil {
		// As with topdown the evaluation goes on, and fails at its end.
		m.failed = err
	}
	return undefined
}

// typeError is what becomes of a call with an argument of the wrong type.
func (m *Machine) typeError(name string) signal {
	return m.builtinError(&topdown.Error{Code: topdown.TypeErr, Message: name + ": operand must be a string"})
}

// size estimates the memory behind a value, one level deep: what is deeper was
// reckoned when it was made.
func size(v value.Value) int {
	if text, ok := v.Text(); ok {
		return len(text)
	}
	return v.Len() * bytesPerValue
}

// location is where a statement stands in its file.
func (c *compiler) location(l *ir.Location) *ast.Location {
	if l == nil {
		return nil
	}
	at := &ast.Location{Row: l.Row, Col: l.Col}
	if files := c.policy.Static.Files; l.File >= 0 && l.File < len(files) {
		at.File = files[l.File].Value
	}
	return at
}
