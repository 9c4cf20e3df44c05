package lint

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/types"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/suggest"
	"github.com/weirsec/weir/signatures/sdk"
)

// selectors looks at which events the signature asks for, and whether it has
// anything to say about them.
func (l *linter) selectors(s *speaker) {
	add := func(rule, text, format string, args ...any) {
		l.add(s.aboutSelectors(rule, text, format, args...))
	}
	if len(s.selectors) == 0 {
		add(ruleNoSelector, "", "%s selects no event, so the signature is never evaluated; "+
			"it is read at loading and cannot depend on an event", s.selectorsRule)
	}
	origins := []string{"", "*", event.OriginHost, event.OriginContainer, event.OriginContainerInit}
	for _, selector := range s.selectors {
		switch {
		case selector.Source == "":
			add(ruleSource, "", "a selector without a source selects nothing: write \"source\": %q", sdk.Source)
		case selector.Source != sdk.Source:
			add(ruleSource, selector.Source, "no event comes from the source %q: write %q", selector.Source, sdk.Source)
		}
		if !slices.Contains(origins, selector.Origin) {
			add(ruleOrigin, selector.Origin, "no event has the origin %q%s", selector.Origin, suggest.Hint(origins[1:], selector.Origin))
		}
		switch {
		case selector.Name == "" || selector.Name == "*":
			add(ruleAllEvents, "*", "a selector without a name takes all events, and makes the collector observe all of them")
		case !slices.Contains(l.names, selector.Name):
			add(ruleUnknownEvent, selector.Name, "nothing here produces the event %q%s", selector.Name, suggest.Hint(l.names, selector.Name))
		}
	}
}

// match looks at the kind of tracee_match.
func (l *linter) match(s *subject) {
	rules := slices.DeleteFunc(slices.Clone(s.unit.Module.Rules), func(r *ast.Rule) bool {
		ref := r.Head.Ref()
		return len(ref) == 0 || !ref[0].Equal(ast.VarTerm(matchRule))
	})
	switch {
	case len(rules) == 0:
		l.add(finding(ruleNoMatch, s.unit, s.unit.Module.Package.Location,
			"there is no rule %s, so the signature never matches", matchRule))
	case rules[0].Head.RuleKind() == ast.MultiValue:
		l.add(finding(ruleNoMatch, s.unit, rules[0].Location, "%s is a set; only true and an object are matches", matchRule))
	default:
		path := s.unit.Module.Package.Path.Append(ast.StringTerm(matchRule))
		if typ := s.unit.Compiler.TypeEnv.GetByRef(path); !canMatch(typ) {
			l.add(finding(ruleNoMatch, s.unit, s.at(matchRule), "%s is a %s; only true and an object are matches", matchRule, shortType(typ)))
		}
	}
}

// canMatch reports whether a value of the type can be true or an object.
func canMatch(t types.Type) bool {
	switch t := t.(type) {
	case types.Any:
		return len(t) == 0 || slices.ContainsFunc(t, canMatch)
	case types.String, types.Number, types.Null, *types.Array, *types.Set:
		return false
	default:
		return true
	}
}
