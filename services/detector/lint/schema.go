package lint

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/weirsec/weir/schemas/event"
)

// argsKey is the key of the schema that holds the arguments by name. Events do
// not have it; arguments are looked for there while types are checked.
const argsKey = "args by name"

// shapes is the kinds of events that Weir observes, by name.
type shapes map[string]*event.Shape

// arguments returns the names of the arguments that events of these names have;
// known is false where one of them is not in the catalogue.
func (c shapes) arguments(events []string) (names []string, known bool) {
	for _, name := range events {
		shape := c[name]
		if shape == nil {
			return nil, false
		}
		for _, arg := range shape.Args {
			names = append(names, arg.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), true
}

// schema returns the JSON Schema of an event by name, in the form that OPA's
// type checker reads: the general one, with the arguments that this event has.
func (c shapes) schema(name string) (any, error) {
	var document map[string]any
	if err := json.Unmarshal(event.JSONSchema(), &document); err != nil {
		return nil, err
	}
	// The checker knows earlier drafts only; none of what is used here differs.
	delete(document, "$schema")
	delete(document, "$id")
	properties, ok := document["properties"].(map[string]any)
	if !ok {
		return document, nil
	}
	properties[argsKey] = map[string]any{"type": "object"}
	if shape := c[name]; shape != nil {
		args := map[string]any{}
		for i := range shape.Args {
			args[shape.Args[i].Name] = valueSchema(shape, i)
		}
		properties[argsKey] = map[string]any{"type": "object", "properties": args, "additionalProperties": false}
	}
	return document, nil
}

// valueSchema describes the value of an argument as signatures see it. What may
// come in several forms is left open.
func valueSchema(shape *event.Shape, i int) map[string]any {
	sample := &event.Event{Shape: shape, Context: &event.Context{}, Values: make([]event.Value, len(shape.Args))}
	sample.Values[i] = event.Int(0)
	if v, _ := sample.Parsed(i); v.Kind() == event.KindString {
		// Flags and the like are put into words.
		return map[string]any{"type": "string"}
	}
	switch typ := shape.Args[i].Type; {
	case typ == "const char*", typ == "char*", typ == "string":
		return map[string]any{"type": "string"}
	case typ == "const char**", typ == "const char*const*":
		return map[string]any{"type": "array", "items": map[string]any{"type": "string"}}
	case typ == "bool":
		return map[string]any{"type": "boolean"}
	case strings.HasPrefix(typ, "struct sockaddr"):
		return map[string]any{"type": "object", "additionalProperties": map[string]any{"type": "string"}}
	case slices.Contains([]string{"int", "long", "unsigned int", "unsigned long", "u32", "u64", "pid_t", "uid_t", "gid_t", "dev_t", "size_t"}, typ):
		return map[string]any{"type": "number"}
	default:
		return map[string]any{}
	}
}
