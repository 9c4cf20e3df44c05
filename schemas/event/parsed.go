package event

import "strings"

// Parsed returns argument i as people and signatures of Tracee's first era read
// it, and its type: flags, requests and families as text, everything else as it
// is. A value that no table explains stays a number in the text.
func (e *Event) Parsed(i int) (Value, string) {
	spec, v := &e.Shape.Args[i], e.at(i)
	if v.kind != KindInt && v.kind != KindUint {
		return v, spec.Type
	}
	t := e.spokenTable(spec.Name)
	if t == nil {
		return v, spec.Type
	}
	return String(t.text(v.num)), textType(spec.Type)
}

// at returns the value of argument i, null where there is none.
func (e *Event) at(i int) Value {
	if i < len(e.Values) {
		return e.Values[i]
	}
	return Value{}
}

// textType names the type of a text in the vocabulary that typ belongs to.
func textType(typ string) string {
	if strings.HasPrefix(typ, "int") && typ != "int" || strings.HasPrefix(typ, "uint") {
		return "string"
	}
	return "const char*"
}
