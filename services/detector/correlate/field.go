package correlate

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/weirsec/weir/schemas/event"
)

// field is a place in an event, or in the document that the base returned.
type field struct {
	path string
	// known reads one of the keys that every event has; nil for the others.
	known func(e *event.Event) event.Value
	// arg is the name of an argument, "" for the document; below leads to a
	// member of it.
	arg   string
	below []string
}

// parseField finds out which place a path names.
func parseField(path string) (field, error) {
	if read := knownField(path); read != nil {
		return field{path: path, known: read}, nil
	}
	parts := strings.Split(path, ".")
	if slices.Contains(parts, "") {
		return field{}, fmt.Errorf("%q is no path: names are separated by single dots", path)
	}
	switch {
	case parts[0] == "args" && len(parts) > 1:
		return field{path: path, arg: parts[1], below: parts[2:]}, nil
	case parts[0] == "data" && len(parts) > 1:
		return field{path: path, below: parts[1:]}, nil
	}
	var inside []string
	for _, name := range knownNames() {
		if strings.HasPrefix(name, path+".") {
			inside = append(inside, name)
		}
	}
	switch {
	case path == "args" || path == "data":
		return field{}, fmt.Errorf("%s is not one value: name one inside it, such as %s.pathname", path, path)
	case len(inside) > 0:
		return field{}, fmt.Errorf("%s is not one value: name one inside it: %s", path, strings.Join(inside, ", "))
	}
	return field{}, fmt.Errorf("there is no field %q: there are args.<argument>, data.<key of the signature's document>, %s",
		path, strings.Join(knownNames(), ", "))
}

// of returns the value of the field; it is missing where there is none.
func (f *field) of(e *event.Event, data map[string]any) event.Value {
	if f.known != nil {
		return f.known(e)
	}
	if f.arg == "" {
		return inside(data, f.below)
	}
	for i := range e.Shape.Args {
		if e.Shape.Args[i].Name == f.arg {
			value, _ := e.Parsed(i)
			return member(value, f.below)
		}
	}
	return event.Value{}
}

// missing reports whether there is no value.
func missing(v event.Value) bool {
	return v.IsNull() || v.Kind() == event.KindJSON && v.Text() == "null"
}

// member returns what is inside of an argument's value.
func member(v event.Value, below []string) event.Value {
	if len(below) == 0 {
		return v
	}
	switch v.Kind() {
	case event.KindMap:
		if text, ok := v.Lookup(below[0]); ok && len(below) == 1 {
			return event.String(text)
		}
	case event.KindJSON:
		d := json.NewDecoder(strings.NewReader(v.Text()))
		d.UseNumber()
		var document any
		if d.Decode(&document) == nil {
			return inside(document, below)
		}
	}
	return event.Value{}
}

// inside returns what is inside of a document.
func inside(document any, below []string) event.Value {
	for _, key := range below {
		object, ok := document.(map[string]any)
		if !ok {
			return event.Value{}
		}
		document = object[key]
	}
	switch document := document.(type) {
	case nil:
		return event.Value{}
	case string:
		return event.String(document)
	}
	text, err := json.Marshal(document)
	if err != nil {
		return event.Value{}
	}
	return event.JSON(string(text))
}

const (
	// maxValue is the longest text of a value that is kept, in bytes.
	maxValue = 256
	// shownValue is how much is kept of a longer one, before its hash.
	shownValue = 200
)

// appendBounded appends the text of a value as JSON. Values that only differ
// behind what is kept still differ in their hash.
func appendBounded(dst []byte, v event.Value) []byte {
	text := v.String()
	if len(text) <= maxValue {
		return append(dst, text...)
	}
	sum := sha256.Sum256([]byte(text))
	dst = append(append(dst, text[:shownValue]...), "…#"...)
	return hex.AppendEncode(dst, sum[:8])
}

// shown is a value as findings show it.
func shown(text string) any {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil || d.More() {
		// One that was cut.
		return strings.ToValidUTF8(text, "\ufffd")
	}
	return v
}
