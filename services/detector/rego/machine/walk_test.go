package machine

import (
	"math/rand/v2"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/weirsec/weir/services/detector/rego/value"
)

// A walk gives what OPA's own gives, in the same order.
func TestWalkAsOPA(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 1))
	for range 500 {
		v := anyValue(r, 3)
		m := (&Program{}).NewMachine(Limits{})
		m.begin(t.Context())
		got, known := walk(m, []value.Value{v})
		if !known {
			t.Fatalf("a walk through %s is not done", v.AST())
		}
		want := value.NewArray(0)
		err := topdown.GetBuiltin("walk")(topdown.BuiltinContext{}, []*ast.Term{v.Term()}, func(pair *ast.Term) error {
			want.Append(value.FromAST(pair.Value))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if !value.Equal(got, value.OfArray(want)) {
			t.Fatalf("walk through %s is %s, want %s", v.AST(), got.AST(), value.OfArray(want).AST())
		}
	}
}

// A walk through something deep, whose paths are long, ends with the budget.
func TestWalkThroughTheDeep(t *testing.T) {
	v := value.Null()
	for range 9000 {
		v = list(v)
	}
	m := (&Program{}).NewMachine(Limits{Bytes: 1 << 20})
	m.begin(t.Context())
	if walk(m, []value.Value{v}); m.err == nil || m.bytes < -1<<20 {
		t.Errorf("error %v, %d bytes left", m.err, m.bytes)
	}
	m.begin(t.Context())
	if _, known := walk(m, []value.Value{list(list(value.Int(1)))}); !known || m.err != nil {
		t.Errorf("after that: %v", m.err)
	}
}
