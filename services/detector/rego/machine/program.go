package machine

import (
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/weirsec/weir/services/detector/rego/value"
)

// Program is a compiled plan. It is immutable and shared by any number of
// Machines.
type Program struct {
	plans []plan
	funcs []*function
	// byPath finds functions by their paths, for calls whose path is known only
	// when they are made.
	byPath       map[string]int
	strict       bool
	capabilities *ast.Capabilities
	prepare      func(*topdown.BuiltinContext)
}

type plan struct {
	name   string
	blocks [][]step
	locals int
}

// function is one rule of the policy with all its bodies.
type function struct {
	name string
	// params are the locals that the caller sets.
	params []int
	locals int
	blocks [][]step
	// constant is the result of a function that depends on nothing; it was
	// worked out while compiling.
	constant *value.Value
	// native does what the blocks do, faster, where it can.
	native native
}

// native is a function in Go in the place of one in Rego. The second result is
// false where it does not know the answer and the Rego must tell.
type native func(m *Machine, args []value.Value) (value.Value, bool)

// memoized reports whether the function is worked out once in an evaluation:
// one that takes nothing but input and data.
func (f *function) memoized() bool { return len(f.params) == 2 }

// Plan returns the number of a plan by name.
func (p *Program) Plan(name string) (int, bool) {
	for i := range p.plans {
		if p.plans[i].name == name {
			return i, true
		}
	}
	return 0, false
}

// Function returns the number of the function for a rule, named by the path
// below data. It must be one that takes no arguments.
func (p *Program) Function(path ...string) (int, bool) {
	i, ok := p.byPath[key(append([]string{"g0"}, path...))]
	if !ok || !p.funcs[i].memoized() {
		return 0, false
	}
	return i, true
}

// Constant returns the value of a function that depends on nothing.
func (p *Program) Constant(function int) (value.Value, bool) {
	if c := p.funcs[function].constant; c != nil {
		return *c, true
	}
	return value.Value{}, false
}

// key is a path as one text; no part of a path can hold a NUL that would make
// two paths one.
func key(path []string) string { return strings.Join(path, "\x00") }
