package tracee

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/aquasecurity/tracee/types/trace"

	"github.com/weirsec/weir/schemas/event"
)

// arguments returns the arguments with the Go types that Tracee's own engine
// gives them.
func arguments(e *event.Event, words bool, t *texts) []trace.Argument {
	list := make([]trace.Argument, len(e.Shape.Args))
	for i := range list {
		spec := &e.Shape.Args[i]
		var v event.Value
		if i < len(e.Values) {
			v = e.Values[i]
		}
		var typ string
		if words {
			v, typ = e.Parsed(i)
		} else {
			v, typ = unparsed(e, spec, v)
		}
		list[i].Name = t.keep(spec.Name)
		list[i].Value = argument(v, typ, words, t)
		list[i].Type = t.keep(typeName(typ, words))
	}
	return list
}

// unparsed turns words back into the number that they stand for.
func unparsed(e *event.Event, spec *event.ArgSpec, v event.Value) (event.Value, string) {
	if v.Kind() != event.KindString {
		return v, spec.Type
	}
	n, ok := e.Int(spec.Name)
	switch {
	case !ok:
		return v, spec.Type
	case e.Shape.Name == "mem_prot_alert" && spec.Name == "alert":
		return event.Uint(uint64(n)), "uint32"
	case n < math.MinInt32 || n > math.MaxInt32:
		return event.Int(n), "int64"
	default:
		return event.Int(n), "int32"
	}
}

// argument returns one value.
func argument(v event.Value, typ string, words bool, t *texts) any {
	if isStructured(typ) && !v.IsNull() {
		return structured(v.String(), typ)
	}
	switch v.Kind() {
	case event.KindBool:
		return v.Bool()
	case event.KindInt, event.KindUint, event.KindFloat:
		return number(v, widthOf(typ), words)
	case event.KindString:
		return t.keep(v.Text())
	case event.KindBytes:
		return []byte(v.Text())
	case event.KindStrings:
		if v.List() == nil {
			return []string{}
		}
		return t.keepAll(v.List())
	case event.KindMap:
		return pairs(v.List(), typ, t)
	case event.KindJSON:
		if isList(typ, words) {
			return listed(v.Text())
		}
		return generic(v.Text())
	default:
		return nil
	}
}

// pairs returns a socket address, which is a map of texts; an object whose type
// says so is a map of anything.
func pairs(list []string, typ string, t *texts) any {
	if strings.HasPrefix(typ, "map[string]interface") {
		made := make(map[string]any, len(list)/2)
		for i := 0; i+1 < len(list); i += 2 {
			made[t.keep(list[i])] = t.keep(list[i+1])
		}
		return made
	}
	made := make(map[string]string, len(list)/2)
	for i := 0; i+1 < len(list); i += 2 {
		made[t.keep(list[i])] = t.keep(list[i+1])
	}
	return made
}

// hookedSymbols is the one structured type that Tracee's decoder leaves alone
// and its engine does not.
const hookedSymbols = "[]trace.HookedSymbolData"

// isStructured reports whether a type is one of Tracee's structs.
func isStructured(typ string) bool {
	return (strings.HasPrefix(typ, "trace.") || strings.HasPrefix(typ, "[]trace.")) && typ != "trace.Pointer"
}

// structured returns a value of one of Tracee's structs, read by Tracee's own
// decoder. What that refuses stays the JSON that it is.
func structured(text, typ string) any {
	if typ == hookedSymbols {
		var symbols []trace.HookedSymbolData
		if json.Unmarshal([]byte(text), &symbols) == nil {
			return symbols
		}
		return generic(text)
	}
	value, err := decode(text, typ)
	if err != nil {
		return generic(text)
	}
	return value
}

// decode has Tracee's types read an argument. They panic on some lists.
func decode(text, typ string) (value any, err error) {
	defer recovered(&err, "decode "+typ)
	name, err := json.Marshal(typ)
	if err != nil {
		return nil, err
	}
	var a trace.Argument
	if err := json.Unmarshal(fmt.Appendf(nil, `{"name":"","type":%s,"value":%s}`, name, text), &a); err != nil {
		return nil, err
	}
	return a.Value, nil
}

// isList reports whether Tracee reads any list of a type as one of texts.
func isList(typ string, words bool) bool {
	if words {
		return typ == "const char*const*" || typ == "const char**"
	}
	return typ == "[]string"
}

// listed returns a list of the texts in a JSON list; what is no text is its
// JSON.
func listed(text string) any {
	var list []json.RawMessage
	if json.Unmarshal([]byte(text), &list) != nil {
		return generic(text)
	}
	texts := make([]string, len(list))
	for i, raw := range list {
		if json.Unmarshal(raw, &texts[i]) != nil {
			texts[i] = string(raw)
		}
	}
	return texts
}

// generic returns what a JSON text says, numbers as json.Number.
func generic(text string) any {
	var value any
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.UseNumber()
	if decoder.Decode(&value) != nil {
		return nil
	}
	return value
}
