package catalogue_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
)

// object is a JSON object; encoding/json sorts its keys.
type object = map[string]any

// schemaMaker holds the definitions that were made.
type schemaMaker struct {
	defs object
	// words finds the name of a vocabulary that was defined before.
	words map[string]string
}

// schemaDocument makes the document of all events.
func schemaDocument(t *testing.T) []byte {
	t.Helper()
	m := schemaMaker{defs: valueDefs(), words: map[string]string{}}
	m.defs["event"] = json.RawMessage(event.JSONSchema())
	var choices []any
	for _, e := range catalogue.Sorted() {
		m.defs[e.Name] = m.event(e)
		choices = append(choices, object{
			"if":   object{"properties": object{"eventName": object{"const": e.Name}}},
			"then": object{"$ref": "#/$defs/" + e.Name},
		})
	}
	document := object{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"$id":     "https://weirsec.github.io/weir/schemas/catalogue/v1/events.schema.json",
		"title":   "Weir events, flat form, by name",
		"description": "Generated from schemas/catalogue. #/$defs/openat is the schema of openat alone; the document is that " +
			"of any event, and says more where the event is one that Weir observes.",
		"$ref":  "#/$defs/event",
		"allOf": choices,
		"$defs": m.defs,
	}
	var out bytes.Buffer
	render(t, &out, document, "")
	out.WriteByte('\n')
	return out.Bytes()
}

// event describes one event: the general form, and what is always so of it.
func (m *schemaMaker) event(e *catalogue.Event) object {
	args := object{"minItems": len(e.Args), "maxItems": len(e.Args)}
	var items []any
	for i := range e.Args {
		items = append(items, m.arg(e, &e.Args[i]))
	}
	if items != nil {
		args["prefixItems"] = items
	}
	return object{
		"description": e.Doc,
		"$ref":        "#/$defs/event",
		"properties": object{
			"eventId":   object{"const": strconv.Itoa(int(e.ID))},
			"eventName": object{"const": e.Name},
			"argsNum":   object{"const": len(e.Args)},
			"args":      args,
		},
	}
}

// arg describes one argument: as it is observed, or in words.
func (m *schemaMaker) arg(e *catalogue.Event, a *catalogue.Arg) object {
	observed := object{"type": object{"const": a.Type}, "value": ref(valueDef(a))}
	described := object{"name": object{"const": a.Name}}
	whole := object{"description": a.From.String(), "properties": described}
	v, known := event.VocabularyOf(e.Name, a.Name)
	if !known || !v.Spoken {
		described["type"], described["value"] = observed["type"], observed["value"]
		return whole
	}
	spoken := object{"type": object{"const": "const char*"}, "value": ref(m.vocabulary(e.Name+"."+a.Name, v))}
	whole["oneOf"] = []any{object{"properties": observed}, object{"properties": spoken}}
	return whole
}

// vocabulary defines the words, once for all arguments that have the same, and
// returns the name of the definition.
func (m *schemaMaker) vocabulary(name string, v event.Vocabulary) string {
	key := strings.Join(v.Words, " ")
	if known, ok := m.words[key]; ok {
		return known
	}
	def := object{"type": "string", "anyOf": []any{object{"enum": v.Words}, object{"pattern": "^-?[0-9]+$"}}}
	if v.Flags {
		one := "(" + strings.Join(v.Words, "|") + "|0x[0-9a-f]+)"
		def = object{"type": "string", "pattern": `^(0|` + one + `(\|` + one + `)*)$`}
	}
	m.words[key] = "words." + name
	m.defs[m.words[key]] = def
	return m.words[key]
}

// valueDef names the definition of an argument's value.
func valueDef(a *catalogue.Arg) string {
	switch a.Kind() {
	case event.KindBool:
		return "boolean"
	case event.KindString:
		return "text"
	case event.KindStrings:
		return "texts"
	case event.KindBytes:
		return "base64"
	case event.KindMap:
		if a.Type == "map[string]string" {
			return "labels"
		}
		return "address"
	case event.KindJSON:
		if a.Type == "[]trace.HookedSymbolData" {
			return "symbols"
		}
		return strings.ReplaceAll(a.Type, "[]", "list.")
	default:
		least, most := a.Range()
		if least < 0 {
			return fmt.Sprintf("int%d", bits.Len64(most)+1)
		}
		return fmt.Sprintf("uint%d", bits.Len64(most))
	}
}

// valueDefs are the definitions of values. Each may be null: it could not be read.
func valueDefs() object {
	text := object{"type": "string"}
	address := object{}
	for _, key := range []string{
		"sa_family", "sun_path", "sin_addr", "sin_port", "sin6_addr", "sin6_port", "sin6_flowinfo", "sin6_scopeid",
	} {
		address[key] = text
	}
	defs := object{
		"boolean": object{"type": []string{"boolean", "null"}},
		"text":    object{"type": []string{"string", "null"}},
		"texts":   object{"type": []string{"array", "null"}, "items": text},
		"labels":  object{"type": []string{"object", "null"}, "additionalProperties": text},
		"symbols": object{"type": []string{"array", "null"}, "items": object{
			"type": "object", "required": []string{"SymbolName", "ModuleOwner"}, "additionalProperties": false,
			"properties": object{"SymbolName": text, "ModuleOwner": text},
		}},
		"base64": object{"type": []string{"string", "null"}, "contentEncoding": "base64"},
		"address": object{
			"description": "A socket address; numbers are texts too.",
			"type":        []string{"object", "null"}, "required": []string{"sa_family"},
			"properties": address, "additionalProperties": false,
		},
	}
	maps.Copy(defs, structuredDefs())
	for e := range catalogue.All() {
		for i := range e.Args {
			a := &e.Args[i]
			if slices.Contains([]event.Kind{event.KindInt, event.KindUint}, a.Kind()) {
				least, most := a.Range()
				defs[valueDef(a)] = object{"type": []string{"integer", "null"}, "minimum": least, "maximum": most}
			}
		}
	}
	return defs
}

func ref(def string) object { return object{"$ref": "#/$defs/" + def} }

// render writes a value as JSON: what is short, and what is deep inside, on one
// line, so that a change shows which argument it is of.
func render(t *testing.T, out *bytes.Buffer, v any, indent string) {
	t.Helper()
	const lineLength, deepest = 110, 6
	compact, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(compact))
	decoder.UseNumber()
	var whole any
	if err := decoder.Decode(&whole); err != nil {
		t.Fatal(err)
	}
	if len(compact) <= lineLength || len(indent) >= 2*deepest {
		out.Write(compact)
		return
	}
	inner := indent + "  "
	switch v := whole.(type) {
	case []any:
		out.WriteByte('[')
		for i, element := range v {
			out.WriteString(separator(i) + inner)
			render(t, out, element, inner)
		}
		out.WriteString("\n" + indent + "]")
	case object:
		out.WriteByte('{')
		for i, key := range slices.Sorted(maps.Keys(v)) {
			fmt.Fprintf(out, "%s%s%q: ", separator(i), inner, key)
			render(t, out, v[key], inner)
		}
		out.WriteString("\n" + indent + "}")
	default:
		out.Write(compact)
	}
}

func separator(i int) string {
	if i == 0 {
		return "\n"
	}
	return ",\n"
}
