package lint

import (
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/types"

	"github.com/weirsec/weir/services/detector/suggest"
)

// mismatch is one thing that does not fit the schema of an event.
type mismatch struct {
	rule string
	at   *ast.Location
	// text is what is said about it; for an argument its name.
	text string
}

// newMismatch says in the words of events what an error of the type checker
// means.
func newMismatch(e *ast.Error) mismatch {
	switch d := e.Details.(type) {
	case *ast.RefErrInvalidDetail:
		return invalidRef(e, d)
	case *ast.RefErrUnsupportedDetail:
		return mismatch{ruleField, nearest(d.Ref, d.Pos+1, e.Location), fmt.Sprintf(
			"%s is a %s and has nothing below it", reference(d.Ref[:d.Pos+1]), shortType(d.Have))}
	case *ast.UnificationErrDetail:
		return mismatch{ruleCompare, e.Location, fmt.Sprintf(
			"%s is never true: one side is a %s, the other a %s", expression(e.Location), shortType(d.Left), shortType(d.Right))}
	case *ast.ArgErrDetail:
		return mismatch{ruleType, e.Location, strings.TrimSpace(e.Message) + ": " + strings.Join(d.Lines(), ", ")}
	default:
		return mismatch{ruleType, e.Location, strings.TrimSpace(e.Message)}
	}
}

// invalidRef is about a key that the value does not have.
func invalidRef(e *ast.Error, d *ast.RefErrInvalidDetail) mismatch {
	place := nearest(d.Ref, d.Pos, e.Location)
	key := strings.Trim(d.Ref[d.Pos].String(), `"`)
	if d.Ref[0].Equal(ast.DefaultRootDocument) {
		return mismatch{ruleType, place, fmt.Sprintf("%s is always undefined", d.Ref)}
	}
	if d.Pos == 2 && d.Ref[0].Equal(ast.InputRootDocument) && d.Ref[1].Value.Compare(ast.String(argsKey)) == 0 {
		return mismatch{ruleArgument, place, key}
	}
	var names []string
	for _, name := range d.OneOf {
		if text, ok := name.(ast.String); ok && string(text) != argsKey {
			names = append(names, string(text))
		}
	}
	text := fmt.Sprintf("%s has no %q", reference(d.Ref[:d.Pos]), key)
	if d.Pos == 1 && d.Ref[0].Equal(ast.InputRootDocument) {
		text = fmt.Sprintf("events have no field %q", key)
	}
	return mismatch{ruleField, place, text + suggest.Hint(names, key)}
}

// reference is a reference as an author would write it, generated names left
// out.
func reference(ref ast.Ref) string {
	text := ref.String()
	if len(ref) > 2 && ref[1].Value.Compare(ast.String(argsKey)) == 0 {
		return fmt.Sprintf("the argument %s", ref[2])
	}
	for _, part := range ref[1:] {
		if name, ok := part.Value.(ast.Var); ok && (name.IsGenerated() || name.IsWildcard()) {
			text = strings.ReplaceAll(text, "["+string(name)+"]", "[_]")
		}
	}
	return text
}

// nearest is the place of the part of a reference that is wrong, or that of the
// whole expression.
func nearest(ref ast.Ref, pos int, otherwise *ast.Location) *ast.Location {
	if pos < len(ref) && ref[pos].Location != nil && ref[pos].Location.File == otherwise.File {
		return ref[pos].Location
	}
	return otherwise
}

// expression is the text of an expression, its first line and not too much.
func expression(at *ast.Location) string {
	text, _, more := strings.Cut(string(at.Text), "\n")
	if runes := []rune(text); len(runes) > 60 {
		text, more = string(runes[:60]), true
	}
	if more {
		text += "…"
	}
	return text
}

// shortType names a type in a word or two.
func shortType(t types.Type) string {
	switch t := t.(type) {
	case nil:
		return "value of any type"
	case types.Any:
		var names []string
		for _, one := range t {
			names = append(names, shortType(one))
		}
		if len(names) == 0 {
			return "value of any type"
		}
		return strings.Join(names, " or ")
	case *types.Array:
		return "array"
	case *types.Object:
		return "object"
	case *types.Set:
		return "set"
	default:
		return types.Sprint(t)
	}
}
