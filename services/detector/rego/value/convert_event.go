package value

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/schemas/event"
)

// OfEvent returns an argument's value as Rego sees it: what one gets by reading
// its JSON.
func OfEvent(v event.Value) Value {
	switch v.Kind() {
	case event.KindBool:
		return Bool(v.Bool())
	case event.KindInt:
		n, _ := v.Int()
		return Int(n)
	case event.KindUint:
		n, _ := v.Uint()
		return ofUint(n)
	case event.KindFloat:
		return ofFloat(v.Float())
	case event.KindString:
		return String(valid(v.Text()))
	case event.KindStrings:
		return ofValidTexts(v.List())
	case event.KindBytes:
		return String(base64.StdEncoding.EncodeToString([]byte(v.Text())))
	case event.KindMap:
		return ofPairs(v.List())
	case event.KindJSON:
		return ofJSON(v.Text())
	default:
		return Null()
	}
}

// ofFloat is null for what JSON has no number for.
func ofFloat(f float64) Value {
	text, err := json.Marshal(f)
	if err != nil {
		return Null()
	}
	return Number(string(text))
}

// ofJSON is null where the text, against the promise, is not JSON.
func ofJSON(text string) Value {
	read, err := ast.ValueFromReader(strings.NewReader(valid(text)))
	if err != nil {
		return Null()
	}
	return FromAST(read)
}

func ofPairs(pairs []string) Value {
	pairs = pairs[:len(pairs)&^1]
	return ofTexts(viewPairs, validTexts(pairs))
}

func ofValidTexts(list []string) Value { return ofTexts(viewTexts, validTexts(list)) }

// validTexts returns the list, or a copy where a text of it is not valid.
func validTexts(list []string) []string {
	for i, text := range list {
		if utf8.ValidString(text) {
			continue
		}
		clean := make([]string, len(list))
		copy(clean, list[:i])
		for j := i; j < len(list); j++ {
			clean[j] = valid(list[j])
		}
		return clean
	}
	return list
}

// valid returns a text as JSON can hold it: each byte that is not UTF-8 becomes
// U+FFFD.
func valid(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return string([]rune(text))
}
