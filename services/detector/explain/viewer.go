package explain

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/schemas/event"
)

// viewer finds out what the names in an expression stood for.
type viewer struct {
	event *event.Event
	input *ast.Term
	known known
}

// values returns what is known about an expression: the fields of the input
// that it names, its variables, and the calls inside it. The compiled
// expressions are those that were made from it.
func (v viewer) values(source *ast.Expr, compiled []*ast.Expr) []Value {
	var found []Value
	add := func(name string, value ast.Value) {
		known := slices.ContainsFunc(found, func(f Value) bool { return f.Name == name })
		if value != nil && !known {
			found = append(found, Value{name, show(value)})
		}
	}
	ast.WalkRefs(source, func(ref ast.Ref) bool {
		if ref[0].Equal(ast.InputRootDocument) && ref.IsGround() && len(ref) > 1 {
			if value, err := v.input.Value.Find(ref[1:]); err == nil {
				add(ref.String(), value)
			} else {
				add(ref.String(), undefined{})
			}
		}
		return false
	})
	for _, expr := range compiled {
		ast.WalkTerms(expr, func(t *ast.Term) bool {
			if name, ok := t.Value.(ast.Var); ok {
				if meta, known := v.known.names[name]; known && !meta.Name.IsGenerated() && !meta.Name.IsWildcard() {
					add(string(meta.Name), v.known.get(name))
				}
			}
			return false
		})
	}
	for _, expr := range compiled {
		label, output := v.callOf(expr)
		value := v.known.get(output)
		// What a variable was made of needs no second telling.
		if label != "" && value != nil && !slices.ContainsFunc(found, func(f Value) bool { return f.Value == show(value) }) {
			add(label, value)
		}
	}
	return found
}

// callOf returns the text of a call whose result goes into a variable of the
// compiler's, and that variable.
func (v viewer) callOf(expr *ast.Expr) (string, ast.Var) {
	if !expr.IsCall() || len(expr.Operands()) == 0 {
		return "", ""
	}
	operands := expr.Operands()
	output, ok := operands[len(operands)-1].Value.(ast.Var)
	operator := strings.TrimPrefix(strings.TrimPrefix(expr.Operator().String(), "data."), "tracee.")
	if !ok || !output.IsGenerated() || operator == ast.Equality.Name {
		return "", ""
	}
	var args []string
	for _, o := range operands[:len(operands)-1] {
		name, isVar := o.Value.(ast.Var)
		switch meta, known := v.known.names[name]; {
		case isVar && known && !meta.Name.IsGenerated():
			args = append(args, string(meta.Name))
		case isVar:
			args = append(args, "…")
		default:
			args = append(args, o.String())
		}
	}
	return oneLine(operator + "(" + strings.Join(args, ", ") + ")"), output
}

// hint says what is known about an expression or a head that failed, beyond its
// values.
func (v viewer) hint(node any) string {
	hint := ""
	look := func(terms []*ast.Term) {
		if len(terms) != 2 || !strings.HasSuffix(terms[0].String(), "get_tracee_argument") {
			return
		}
		name, ok := terms[1].Value.(ast.String)
		if _, has := v.event.Arg(string(name)); !ok || has {
			return
		}
		var have []string
		for _, arg := range v.event.Shape.Args {
			have = append(have, arg.Name)
		}
		hint = fmt.Sprintf("the event has no argument %q", string(name))
		if len(have) > 0 {
			hint += ", it has " + strings.Join(have, ", ")
		}
	}
	ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case *ast.Expr:
			if terms, ok := x.Terms.([]*ast.Term); ok {
				look(terms)
			}
		case ast.Call:
			look(x)
		}
		return false
	}).Walk(node)
	return hint
}

// undefined stands for a field that the event does not have.
type undefined struct{ ast.Null }

// show is a value as JSON on one line.
func show(value ast.Value) string {
	if _, ok := value.(undefined); ok {
		return "undefined"
	}
	document, err := ast.JSON(value)
	if err != nil {
		return oneLine(value.String())
	}
	return oneLine(jsonText(document))
}

// jsonText is a document as JSON on one line, its letters as they are.
func jsonText(document any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(document); err != nil {
		return err.Error()
	}
	return strings.TrimSuffix(b.String(), "\n")
}
