package rego

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/schemas/event"
)

// valueTerm is an argument's value as an OPA value.
func valueTerm(v event.Value) *ast.Term {
	switch v.Kind() {
	case event.KindBool:
		return ast.InternedTerm(v.Bool())
	case event.KindInt:
		n, _ := v.Int()
		return intTerm(n)
	case event.KindUint:
		n, _ := v.Uint()
		return uintTerm(n)
	case event.KindFloat:
		return floatTerm(v.Float())
	case event.KindString:
		return textTerm(v.Text())
	case event.KindStrings:
		return textsTerm(v.List())
	case event.KindBytes:
		return ast.StringTerm(base64.StdEncoding.EncodeToString([]byte(v.Text())))
	case event.KindMap:
		return mapTerm(v.List())
	case event.KindJSON:
		return jsonTerm(v.Text())
	default:
		return ast.NullTerm()
	}
}

func intTerm(n int64) *ast.Term {
	if int64(int(n)) == n {
		return ast.InternedTerm(int(n))
	}
	return ast.NumberTerm(json.Number(strconv.FormatInt(n, 10)))
}

func uintTerm(n uint64) *ast.Term {
	if n <= math.MaxInt32 {
		return intTerm(int64(n))
	}
	return ast.NumberTerm(json.Number(strconv.FormatUint(n, 10)))
}

// floatTerm is null for what JSON has no number for.
func floatTerm(f float64) *ast.Term {
	text, err := json.Marshal(f)
	if err != nil {
		return ast.NullTerm()
	}
	return ast.NumberTerm(json.Number(text))
}

// mapTerm is an object of pairs; the last one of a key counts.
func mapTerm(pairs []string) *ast.Term {
	object := ast.NewObjectWithCapacity(len(pairs) / 2)
	for i := 0; i+1 < len(pairs); i += 2 {
		object.Insert(textTerm(pairs[i]), textTerm(pairs[i+1]))
	}
	return ast.NewTerm(object)
}

// jsonTerm is null where the text, against the promise, is not JSON.
func jsonTerm(text string) *ast.Term {
	value, err := ast.ValueFromReader(strings.NewReader(valid(text)))
	if err != nil {
		return ast.NullTerm()
	}
	return ast.NewTerm(value)
}
