package condition

import (
	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/services/detector/prefilter"
)

// kind is what is known of a value before it is there.
type kind uint8

const (
	// unknown may be anything.
	unknown kind = iota
	// constant is the value in symbol.value.
	constant
	// place is what is at a place of the event, in lower case if folded.
	place
	// input is the event as a whole, and object one of the objects in it, by
	// key.
	input
	object
	// args is the list of arguments, arg the one with the index symbol.index.
	args
	arg
	// choice is one of several, each under a condition of its own.
	choice
)

// symbol is what is known of a value.
type symbol struct {
	kind   kind
	value  ast.Value
	place  prefilter.Place
	folded bool
	key    string
	index  index
	ways   []way
}

// index is a variable that runs over the arguments. Bodies of several rules,
// and wildcards of several files, may have variables of one name: scope tells
// whose it is.
type index struct {
	scope int
	name  ast.Var
}

// way is one value that a symbol may have, and what must hold for it.
type way struct {
	condition prefilter.Condition
	symbol    symbol
}

func constantOf(v ast.Value) symbol { return symbol{kind: constant, value: v} }

func placeOf(source prefilter.Source, name string) symbol {
	return symbol{kind: place, place: prefilter.Place{Source: source, Name: name}}
}

// width is how many values a symbol may have.
func (s symbol) width() int {
	if s.kind != choice {
		return 1
	}
	n := 0
	for _, w := range s.ways {
		n += w.symbol.width()
	}
	return n
}

// text returns a constant text.
func (s symbol) text() (string, bool) {
	if s.kind != constant {
		return "", false
	}
	text, ok := s.value.(ast.String)
	return string(text), ok
}

// elements returns the values of a constant collection, which membership in it
// is about.
func (s symbol) elements() ([]ast.Value, bool) {
	if s.kind != constant {
		return nil, false
	}
	var list []ast.Value
	take := func(t *ast.Term) { list = append(list, t.Value) }
	switch c := s.value.(type) {
	case *ast.Array:
		c.Foreach(take)
	case ast.Set:
		c.Foreach(take)
	case ast.Object:
		c.Foreach(func(_, v *ast.Term) { take(v) })
	default:
		return nil, false
	}
	return list, true
}

// ofElements is any one of the values of a constant collection.
func ofElements(list []ast.Value) symbol {
	s := symbol{kind: choice}
	for _, v := range list {
		s.ways = append(s.ways, way{prefilter.Any(), constantOf(v)})
	}
	return s
}
