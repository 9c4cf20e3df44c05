package lint

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	oparego "github.com/open-policy-agent/opa/v1/rego"

	"github.com/weirsec/weir/services/detector/rego"
)

// never asks OPA which of the selected events the signature could match: with
// the name of the event known and everything else open, partial evaluation
// leaves nothing over where the conditions exclude each other.
func (l *linter) never(ctx context.Context, s *subject) {
	names, all := s.eventNames()
	if all || len(names) == 0 {
		return
	}
	compiler, err := withoutDefault(s.unit)
	if err != nil {
		return // what keeps it from compiling is told elsewhere
	}
	var dead []string
	for _, name := range names {
		if possible(ctx, s.unit, compiler, name) {
			continue
		}
		dead = append(dead, name)
	}
	switch {
	case len(dead) == 0:
	case len(dead) == len(names):
		l.add(finding(ruleNever, s.unit, s.at(matchRule),
			"%s can never be true for %s: its conditions exclude each other", matchRule, strings.Join(names, ", ")))
	default:
		for _, name := range dead {
			l.add(finding(ruleNeverFor, s.unit, s.within(selectorsRule, name),
				"the event %s is selected, but %s can never be true for it", name, matchRule))
		}
	}
}

// withoutDefault compiles the signature without a default of tracee_match,
// which is no match but would always be there.
func withoutDefault(u *rego.Unit) (*ast.Compiler, error) {
	modules := u.Modules()
	m := modules[u.Name].Copy()
	m.Rules = slices.DeleteFunc(m.Rules, func(r *ast.Rule) bool {
		return r.Default && r.Head.Ref().Equal(ast.Ref{ast.VarTerm(matchRule)})
	})
	modules[u.Name] = m
	c := ast.NewCompiler().WithCapabilities(rego.Capabilities()).WithDefaultRegoVersion(u.Dialect)
	if c.Compile(modules); c.Failed() {
		return nil, c.Errors
	}
	return c, nil
}

// possible reports whether the signature could match an event of that name. It
// is true where OPA gives no answer in time.
func possible(ctx context.Context, u *rego.Unit, c *ast.Compiler, name string) bool {
	ctx, cancel := context.WithTimeout(ctx, evalTimeout)
	defer cancel()
	var unknown []string
	for _, key := range rego.Keys() {
		if key != "eventName" {
			unknown = append(unknown, "input."+key)
		}
	}
	query := fmt.Sprintf("%s = result", u.Module.Package.Path.Append(ast.StringTerm(matchRule)))
	partial, err := oparego.New(
		oparego.Compiler(c),
		oparego.Query(query),
		oparego.ParsedInput(ast.NewObject(ast.Item(ast.StringTerm("eventName"), ast.StringTerm(name)))),
		oparego.Unknowns(unknown),
	).Partial(ctx)
	return err != nil || len(partial.Queries) > 0
}
