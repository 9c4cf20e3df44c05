package lint

import (
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/services/detector/rego"
)

// ignoreComment is one "# weir:ignore WL001,WL002 reason", which holds for its
// own line or for the next one with code, or "# weir:ignore-file …", which
// holds for the whole file.
type ignoreComment struct {
	at    *ast.Location
	file  bool
	line  int
	rules []string
	why   string
	used  bool
}

// ignored takes away the findings that comments of the signature and of its
// libraries say are meant, and returns what is wrong with the comments of the
// signature.
func ignored(u *rego.Unit, found []Finding) (kept, comments []Finding) {
	list := ignoreComments(u, u.Name)
	all := slices.Clone(list)
	for file := range u.Modules() {
		if file != u.Name {
			all = append(all, ignoreComments(u, file)...)
		}
	}
	for _, f := range found {
		hidden := false
		for _, c := range all {
			if f.File == c.at.File && (c.file || c.line == f.Line) && slices.Contains(c.rules, f.Rule) && c.why != "" {
				hidden, c.used = true, true
			}
		}
		if !hidden {
			kept = append(kept, f)
		}
	}
	known := Rules()
	for _, c := range list {
		unknown := slices.IndexFunc(c.rules, func(id string) bool {
			return !slices.ContainsFunc(known, func(r Rule) bool { return r.ID == id })
		})
		switch {
		case len(c.rules) == 0:
			comments = append(comments, finding(ruleIgnore, u, c.at, "weir:ignore names no rule: write # weir:ignore WL000 reason"))
		case unknown >= 0:
			comments = append(comments, finding(ruleIgnore, u, c.at, "there is no rule %q to ignore", c.rules[unknown]))
		case c.why == "":
			comments = append(comments, finding(ruleIgnore, u, c.at, "weir:ignore %s gives no reason, so it holds for nothing", strings.Join(c.rules, ",")))
		case !c.used:
			comments = append(comments, finding(ruleIgnoreNothing, u, c.at, "there is no %s to ignore here", strings.Join(c.rules, " or ")))
		}
	}
	return kept, comments
}

// ignoreComments finds the comments that are for this package in a file that
// the signature is made of.
func ignoreComments(u *rego.Unit, file string) []*ignoreComment {
	form := regexp.MustCompile(`^\s*weir:ignore(-file)?\b\s*(WL\d{3}(?:\s*,\s*WL\d{3})*)?\s*(.*)$`)
	lines := strings.Split(u.Source(file), "\n")
	var found []*ignoreComment
	for _, comment := range u.Modules()[file].Comments {
		parts := form.FindStringSubmatch(string(comment.Text))
		if parts == nil {
			continue
		}
		c := &ignoreComment{at: comment.Location, file: parts[1] != "", why: strings.TrimSpace(parts[3])}
		for id := range strings.SplitSeq(parts[2], ",") {
			if id = strings.TrimSpace(id); id != "" {
				c.rules = append(c.rules, id)
			}
		}
		c.line = target(lines, comment.Location.Row)
		found = append(found, c)
	}
	return found
}

// target is the line that a comment is about: its own, or the next one with
// code where it stands alone. Lines count from 1.
func target(lines []string, row int) int {
	for i := row; i >= 1 && i <= len(lines); i++ {
		if text := strings.TrimSpace(lines[i-1]); text != "" && !strings.HasPrefix(text, "#") {
			return i
		}
	}
	return row
}
