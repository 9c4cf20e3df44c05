package lint

import (
	"encoding/json"
	"slices"

	"github.com/weirsec/weir/schemas/catalogue"
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
			args[shape.Args[i].Name] = map[string]any{}
		}
		if e := catalogue.ByName(name); e != nil {
			for i := range e.Args {
				args[e.Args[i].Name] = valueSchema(e, &e.Args[i])
			}
		}
		properties[argsKey] = map[string]any{"type": "object", "properties": args, "additionalProperties": false}
	}
	return document, nil
}

// valueSchema describes the value of an argument as signatures see it. What may
// come in several forms is left open.
func valueSchema(e *catalogue.Event, a *catalogue.Arg) map[string]any {
	if words, ok := event.VocabularyOf(e.Name, a.Name); ok && words.Spoken {
		if words.Sometimes {
			return map[string]any{}
		}
		return map[string]any{"type": "string"}
	}
	switch a.Kind() {
	case event.KindString, event.KindBytes:
		return map[string]any{"type": "string"}
	case event.KindStrings:
		return map[string]any{"type": "array", "items": map[string]any{"type": "string"}}
	case event.KindBool:
		return map[string]any{"type": "boolean"}
	case event.KindJSON:
		return map[string]any{}
	case event.KindMap:
		return map[string]any{"type": "object", "additionalProperties": map[string]any{"type": "string"}}
	default:
		return map[string]any{"type": "number"}
	}
}
