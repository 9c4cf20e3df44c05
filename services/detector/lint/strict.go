package lint

import (
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/services/detector/rego"
)

// strict looks for what a strict compiler refuses although the signature loads.
func (l *linter) strict(s *subject) {
	c := ast.NewCompiler().
		WithCapabilities(rego.Capabilities()).
		WithDefaultRegoVersion(s.unit.Dialect).
		WithStrict(true)
	c.SetErrorLimit(0)
	c.Compile(s.unit.Modules())
	for _, err := range c.Errors {
		if err.Location == nil || err.Location.File != s.unit.Name {
			continue // a library is judged where it is written
		}
		l.add(finding(strictRule(err.Message), s.unit, err.Location, "%s", s.unit.Message(err)))
	}
	for _, imported := range s.unit.Dangling() {
		l.add(finding(ruleDangling, s.unit, imported.Location,
			"nothing provides %s, so what it names is always undefined", imported.Path))
	}
}

// strictRule tells by its words what an error of the strict compiler is about.
func strictRule(message string) string {
	switch {
	case strings.HasPrefix(message, "import ") && strings.HasSuffix(message, " unused"):
		return ruleUnusedImport
	case strings.HasSuffix(message, " unused"), strings.HasPrefix(message, "unused argument"):
		return ruleUnusedVar
	case strings.Contains(message, "shadow"):
		return ruleShadow
	default:
		return ruleStrict
	}
}
