package explain

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/rego"
)

const (
	matchRule = "tracee_match"
	// traceTimeout is the longest that an evaluation may take under a tracer.
	traceTimeout = 10 * time.Second
)

// trace evaluates the signature for an event and returns the rules of it that
// were entered, without those of the built-in library. The rules that were
// entered before an error are returned with it.
func trace(ctx context.Context, u *rego.Unit, e *event.Event) ([]Rule, error) {
	ctx, cancel := context.WithTimeout(ctx, traceTimeout)
	defer cancel()
	input := rego.Document(e)
	t := newTracer()
	err := u.Watch(ctx, matchRule, input, t, true)
	return t.rules(u, e, input), err
}

// rules tells what came of each rule that was entered, in the order of the
// file.
func (t *tracer) rules(u *rego.Unit, e *event.Event, input *ast.Term) []Rule {
	sources := sourceRules(u)
	var rules []Rule
	for _, s := range t.seen {
		source, known := sources[keyOf(s.rule.Location)]
		if !known {
			continue
		}
		rules = append(rules, s.tell(source, viewer{event: e, input: input}))
	}
	slices.SortStableFunc(rules, func(a, b Rule) int {
		// The signature's own file comes first.
		return cmp.Or(compareFiles(a.File, b.File, u.Name), cmp.Compare(a.Line, b.Line))
	})
	return rules
}

func compareFiles(a, b, first string) int {
	switch {
	case a == b:
		return 0
	case a == first:
		return -1
	case b == first:
		return 1
	default:
		return cmp.Compare(a, b)
	}
}

// sourceRules returns the rules of the signature and its libraries as they are
// written, by place. The built-in library is left out: it is not the author's.
func sourceRules(u *rego.Unit) map[key]*ast.Rule {
	found := map[key]*ast.Rule{}
	for _, m := range u.Modules() {
		if rego.IsBuiltin(m) {
			continue
		}
		for _, r := range m.Rules {
			for ; r != nil; r = r.Else {
				if !r.Default {
					found[keyOf(r.Location)] = r
				}
			}
		}
	}
	return found
}

// key is a place in a file.
type key struct {
	file     string
	row, col int
}

func keyOf(l *ast.Location) key {
	if l == nil {
		return key{}
	}
	return key{l.File, l.Row, l.Col}
}
