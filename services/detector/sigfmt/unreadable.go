package sigfmt

import (
	"errors"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/services/detector/problem"
)

// Unreadable is the error of a file that Rego does not take, with the places.
// It names the file itself, and holds no control characters but line ends.
type Unreadable struct{ Problems []problem.Problem }

// Error returns the problems with their lines and carets.
func (u *Unreadable) Error() string {
	texts := make([]string, len(u.Problems))
	for i, p := range u.Problems {
		texts[i] = p.String()
	}
	return strings.Join(texts, "\n")
}

// unreadable returns OPA's errors about a file as an Unreadable, with a hint
// behind each; other errors as they are.
func unreadable(file string, text []byte, err error, hint string) error {
	list, ok := errors.AsType[ast.Errors](err)
	if !ok || len(list) == 0 {
		return err
	}
	lines := strings.Split(string(text), "\n")
	u := &Unreadable{}
	for _, e := range list {
		p := problem.Problem{Severity: problem.Error, File: file, Message: strings.TrimSpace(e.Message) + hint}
		if e.Location != nil {
			p.Line, p.Column = e.Location.Row, e.Location.Col
			if p.Line >= 1 && p.Line <= len(lines) {
				p.Source = strings.TrimSuffix(lines[p.Line-1], "\r")
			}
		}
		u.Problems = append(u.Problems, p)
	}
	return u
}
