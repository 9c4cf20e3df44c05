package weir_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// rule says what the packages below a folder may import. Patterns are folders
// of this module; one that ends in "/..." means everything below it too. What
// lies below the rule's own folder is always allowed.
type rule struct {
	dir string
	// imports are for all code, tests for _test.go files besides.
	imports, tests []string
	// modules are the only third-party modules that product code may import;
	// nil leaves that to the table of owners.
	modules []string
}

// owner is a heavy or unsafe dependency and the folders that may import it.
type owner struct {
	module string
	dirs   []string
}

// ruleFor returns the rule of the longest matching folder.
func ruleFor(rules []rule, dir string) (rule, bool) {
	var best rule
	found := false
	for _, r := range rules {
		if within(dir, r.dir) && (!found || len(r.dir) > len(best.dir)) {
			best, found = r, true
		}
	}
	return best, found
}

func matches(patterns []string, dir string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		if below, ok := strings.CutSuffix(p, "/..."); ok {
			return within(dir, below)
		}
		return dir == p
	})
}

// checkImports holds every import against the rule of its package.
func checkImports(t *tree, rules []rule, owners []owner) []problem {
	var found []problem
	for _, dir := range sortedKeys(t.packages(func(*source) bool { return true })) {
		if _, ok := ruleFor(rules, dir); !ok {
			found = append(found, problem{
				dir, 0,
				"a package without a rule: decide what it may import and add it to archRules in arch_test.go",
			})
		}
	}
	for _, s := range t.files {
		r, ok := ruleFor(rules, s.dir)
		if !ok {
			continue
		}
		for _, spec := range s.file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				continue
			}
			if text := judgeImport(s, r, rules, owners, imported); text != "" {
				found = append(found, t.at(spec, "%s", text))
			}
		}
	}
	return found
}

// judgeImport returns what is wrong with one import, or "".
func judgeImport(s *source, r rule, rules []rule, owners []owner, imported string) string {
	if dir, ours := strings.CutPrefix(imported, modulePath+"/"); ours {
		return judgeOwn(s, r, rules, dir)
	}
	if !strings.Contains(strings.SplitN(imported, "/", 2)[0], ".") {
		return "" // standard library
	}
	for _, o := range owners {
		if within(imported, o.module) && !within(s.dir, "test") &&
			!slices.ContainsFunc(o.dirs, func(d string) bool { return within(s.dir, d) }) {
			return fmt.Sprintf("imports %s, which only %s may: go through their API",
				imported, strings.Join(o.dirs, " and "))
		}
	}
	allowed := func(m string) bool { return within(imported, m) }
	if s.product() && r.modules != nil && !slices.ContainsFunc(r.modules, allowed) {
		return fmt.Sprintf("imports %s, but %s may import only %s and the standard library",
			imported, r.dir, orNothing(r.modules))
	}
	return ""
}

// judgeOwn judges the import of another package of this module. Packages under
// one rule may import each other; below cmd, only what is inside the same main.
func judgeOwn(s *source, r rule, rules []rule, dir string) string {
	its, _ := ruleFor(rules, dir)
	switch {
	case within(dir, "cmd"):
		if within(s.dir, "cmd") && dir != mainOf(dir) && mainOf(dir) == mainOf(s.dir) {
			return ""
		}
		return fmt.Sprintf("imports %s: nothing imports a main; move the code to the package that owns it", dir)
	case its.dir == r.dir, matches(r.imports, dir), s.isTest && (dir == s.dir || matches(r.tests, dir)):
		return ""
	case within(s.dir, "services") && within(dir, "services"):
		return fmt.Sprintf("imports %s: services never import each other, they meet as messages (schemas)", dir)
	default:
		return fmt.Sprintf("imports %s, but %s may import only %s of this module", dir, r.dir, orNothing(r.imports))
	}
}

// mainOf returns the main that a folder below cmd belongs to: "cmd/weir".
func mainOf(dir string) string {
	parts := strings.SplitN(dir, "/", 3)
	return strings.Join(parts[:min(2, len(parts))], "/")
}

func orNothing(list []string) string {
	if len(list) == 0 {
		return "nothing"
	}
	return strings.Join(list, ", ")
}

// importChain returns the longest chain of imports between packages of the
// module, outermost first.
func importChain(t *tree) []string {
	edges := map[string][]string{}
	for _, s := range t.files {
		if s.isTest {
			continue
		}
		for _, spec := range s.file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if dir, ours := strings.CutPrefix(imported, modulePath+"/"); err == nil && ours {
				edges[s.dir] = append(edges[s.dir], dir)
			}
		}
	}
	longest := map[string][]string{}
	var walk func(dir string) []string
	walk = func(dir string) []string {
		if chain, done := longest[dir]; done {
			return chain
		}
		longest[dir] = []string{dir} // ends a cycle, which Go refuses anyway
		best := []string{dir}
		for _, next := range edges[dir] {
			if chain := walk(next); len(chain)+1 > len(best) {
				best = append([]string{dir}, chain...)
			}
		}
		longest[dir] = best
		return best
	}
	var result []string
	for _, dir := range sortedKeys(edges) {
		if chain := walk(dir); len(chain) > len(result) {
			result = chain
		}
	}
	return result
}
