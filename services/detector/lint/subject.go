package lint

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	oparego "github.com/open-policy-agent/opa/v1/rego"

	"github.com/weirsec/weir/services/detector/rego"
	"github.com/weirsec/weir/signatures/sdk"
)

// The rules that make a file a signature.
const (
	metadataRule  = "__rego_metadoc__"
	selectorsRule = "tracee_selected_events"
	matchRule     = "tracee_match"
)

// evalTimeout is the longest that evaluating one rule for its own sake may take.
const evalTimeout = 2 * time.Second

// subject is one signature with what it says of itself.
type subject struct {
	unit *rego.Unit
	// described is false where there is no metadata document at all.
	described bool
	metadata  sdk.Metadata
	selectors []sdk.Selector
	// err says why the rule unread, that of metadata or selectors, could not be.
	err    error
	unread string
}

func newSubject(ctx context.Context, u *rego.Unit) *subject {
	s := &subject{unit: u, unread: metadataRule}
	if s.described, s.err = constant(ctx, u, metadataRule, &s.metadata); s.err == nil {
		s.unread = selectorsRule
		_, s.err = constant(ctx, u, selectorsRule, &s.selectors)
	}
	return s
}

// constant evaluates a rule without an input into a Go value, and reports
// whether it is defined.
func constant(ctx context.Context, u *rego.Unit, rule string, into any) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, evalTimeout)
	defer cancel()
	query := u.Module.Package.Path.Append(ast.StringTerm(rule))
	results, err := oparego.New(oparego.Compiler(u.Compiler), oparego.Query(query.String())).Eval(ctx)
	if err != nil {
		return false, fmt.Errorf("%s: %w", rule, err)
	}
	if len(results) == 0 {
		return false, nil
	}
	text, err := json.Marshal(results[0].Expressions[0].Value)
	if err != nil {
		return false, fmt.Errorf("%s: %w", rule, err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return false, fmt.Errorf("%s: %w", rule, err)
	}
	return true, nil
}

// speaker returns the signature as who says something of itself.
func (s *subject) speaker() *speaker {
	return &speaker{
		name: s.unit.Name, metadata: s.metadata, selectors: s.selectors,
		metadataRule: metadataRule, selectorsRule: selectorsRule,
		finding: func(rule, within, text, message string) Finding {
			return finding(rule, s.unit, s.within(within, text), "%s", message)
		},
	}
}

// at returns the place of a rule, or of the package where there is none.
func (s *subject) at(rule string) *ast.Location {
	for _, r := range s.unit.Module.Rules {
		if ref := r.Head.Ref(); len(ref) > 0 && ref[0].Value.Compare(ast.Var(rule)) == 0 && !r.Default {
			return r.Location
		}
	}
	return s.unit.Module.Package.Location
}

// within returns the first place of a constant text inside the rules of a name,
// or that of the first one: metadata and selectors are mostly written as
// constants.
func (s *subject) within(rule, text string) *ast.Location {
	var first *ast.Location
	for _, r := range s.unit.Module.Rules {
		if ref := r.Head.Ref(); len(ref) == 0 || ref[0].Value.Compare(ast.Var(rule)) != 0 {
			continue
		}
		ast.WalkTerms(r, func(t *ast.Term) bool {
			value, ok := t.Value.(ast.String)
			if ok && string(value) == text && t.Location != nil && (first == nil || t.Location.Compare(first) < 0) {
				first = t.Location
			}
			return false
		})
	}
	if first != nil {
		return first
	}
	return s.at(rule)
}

// eventNames returns the names of the selected events, each once; all is true
// where a selector takes any.
func (s *subject) eventNames() (names []string, all bool) {
	for _, selector := range s.selectors {
		if selector.Name == "" || selector.Name == "*" {
			all = true
			continue
		}
		if !slices.Contains(names, selector.Name) {
			names = append(names, selector.Name)
		}
	}
	slices.Sort(names)
	return names, all
}
