package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/services/detector/rego"
	"github.com/weirsec/weir/services/detector/suggest"
)

// anyEvent stands for an event that nothing is known about.
const anyEvent = ""

// types holds the signature against the schema of each event that it selects.
// What only some of them have is no mistake, unless the rule is about the
// others: it is reported where no event that the rule can be about has it.
func (l *linter) types(s *subject) {
	names, all := s.eventNames()
	if all || len(names) == 0 {
		names = append(names, anyEvent)
	}
	l.libraries(s)
	rules := scopes(s.unit.Module)
	checked := map[string][]mismatch{}
	for _, name := range slices.Concat(names, guarded(rules)) {
		if _, done := checked[name]; done {
			continue
		}
		found, err := l.check(s.unit, s.unit.Name, name)
		if err != nil {
			l.add(finding(ruleCompile, s.unit, s.unit.Module.Package.Location, "the types cannot be checked: %v", err))
			return
		}
		checked[name] = found
	}
	for _, name := range slices.Concat(names, guarded(rules)) {
		for _, m := range checked[name] {
			about := names
			if only := at(rules, m.at.Row); only != nil {
				about = only
			}
			if everywhere(checked, about, m) {
				l.add(finding(m.rule, s.unit, m.at, "%s", l.explain(m, about)))
			}
		}
	}
}

// libraries holds the author's libraries that the signature needs against what
// all events have in common: a library may serve signatures of any event.
func (l *linter) libraries(s *subject) {
	for file, m := range s.unit.Modules() {
		if file == s.unit.Name || rego.IsBuiltin(m) || l.looked[file] {
			continue
		}
		l.looked[file] = true
		found, err := l.check(s.unit, file, anyEvent)
		if err != nil {
			continue // what keeps it from compiling is told for the signature
		}
		for _, mismatch := range found {
			l.add(finding(mismatch.rule, s.unit, mismatch.at, "%s", mismatch.text))
		}
	}
}

// guarded returns the names that rules compare the event's name with.
func guarded(rules []scope) []string {
	var names []string
	for _, r := range rules {
		names = append(names, r.events...)
	}
	return names
}

// everywhere reports whether all of these events have a mismatch at the place.
func everywhere(checked map[string][]mismatch, events []string, m mismatch) bool {
	return !slices.ContainsFunc(events, func(name string) bool {
		return !slices.ContainsFunc(checked[name], func(other mismatch) bool {
			return other.rule == m.rule && other.at.Row == m.at.Row && other.at.Col == m.at.Col
		})
	})
}

// explain is what is said about a mismatch. For an argument it names the events
// and what they have in its place.
func (l *linter) explain(m mismatch, events []string) string {
	if m.rule != ruleArgument {
		return m.text
	}
	have, known := l.shapes.arguments(events)
	if !known {
		return m.text
	}
	if len(events) == 1 {
		return fmt.Sprintf("the event %s has no argument %q%s", events[0], m.text, orList(have, m.text))
	}
	return fmt.Sprintf("none of the events %s has an argument %q%s", strings.Join(events, ", "), m.text, orList(have, m.text))
}

// orList suggests what is near, or names all where nothing is.
func orList(names []string, given string) string {
	if hint := suggest.Hint(names, given); hint != "" {
		return hint
	}
	return ": there are " + strings.Join(names, ", ")
}

// check returns what in a file does not fit the schema of one event, with the
// file compiled as the signature needs it.
func (l *linter) check(u *rego.Unit, file, name string) ([]mismatch, error) {
	schema, err := l.shapes.schema(name)
	if err != nil {
		return nil, err
	}
	set := ast.NewSchemaSet()
	set.Put(ast.SchemaRootRef, schema)
	modules := u.Modules()
	if u.HasBuiltinLibrary() {
		for other, m := range modules {
			modules[other] = withArguments(m)
		}
	}
	c := ast.NewCompiler().
		WithCapabilities(rego.Capabilities()).
		WithDefaultRegoVersion(u.Dialect).
		WithSchemas(set)
	c.SetErrorLimit(0)
	c.Compile(modules)
	var found []mismatch
	for _, e := range c.Errors {
		switch {
		case e.Code != ast.TypeErr:
			return nil, e
		case e.Location != nil && e.Location.File == file:
			found = append(found, newMismatch(e))
		}
	}
	if have, known := l.shapes.arguments([]string{name}); known {
		found = append(found, named(modules[file], have)...)
	}
	if c.TypeEnv != nil {
		found = append(found, comparisons(modules[file], c.TypeEnv)...)
	}
	return found, nil
}
