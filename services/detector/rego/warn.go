package rego

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/services/detector/problem"
)

// warn tells what a signature that loads will not do, although its author may
// expect it to.
func (d *directory) warn(p parsed, c *compiled, made *program) {
	warn := func(at *ast.Location, format string, args ...any) {
		d.problems = append(d.problems, d.diagnosis.at(problem.Warning, p.name, at, fmt.Sprintf(format, args...)))
	}
	if made.metadata.ID == "" {
		warn(nil, "the signature has no id: set one in %s", metadataRule)
	}
	for _, s := range made.selectors {
		if s.Source == "" {
			warn(nil, "a selector without a source selects nothing: write \"source\": \"tracee\"")
		}
	}
	if len(made.selectors) == 0 {
		warn(nil, "%s selects no event, so the signature is never evaluated", selectorsRule)
	}
	if rule := firstRule(c.module, matchRule); rule == nil {
		warn(nil, "there is no rule %s, so the signature never matches", matchRule)
	} else if rule.Head.RuleKind() == ast.MultiValue {
		warn(rule.Location, "%s is a set; only true and an object are matches", matchRule)
	}
	for _, imported := range dangling(c.module, d.libraries) {
		warn(imported.Location, "nothing provides %s, so what it names is always undefined", imported.Path)
	}
}

func firstRule(m *ast.Module, name string) *ast.Rule {
	for _, r := range m.Rules {
		if ruleName(r) == name {
			return r
		}
	}
	return nil
}
