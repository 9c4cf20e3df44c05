package event

import (
	"strconv"
	"strings"
)

// protoTypes are the types of values by the names of their fields, as protojson
// writes them. Tracee's own rendering has just "value".
func protoType(field string) (typ string, known bool) {
	switch field {
	case "value":
		return "", true
	case "int32", "int64", "bool", "bytes":
		return field, true
	case "u_int32", "uInt32":
		return "uint32", true
	case "u_int64", "uInt64":
		return "uint64", true
	case "str":
		return "string", true
	case "str_array", "strArray":
		return "[]string", true
	case "int32_array", "int32Array":
		return "[]int32", true
	case "u_int64_array", "uInt64Array":
		return "[]uint64", true
	case "sockaddr":
		return "SockAddr", true
	default:
		return "unknown", false
	}
}

// returnValue is the name under which the new form has the syscall's result
// among the arguments.
const returnValue = "returnValue"

// value reads one element of "data": a name and one value.
func (p *protoParser) value(key string) {
	name, typ := "", "unknown"
	var v Value
	p.object(key, func(field string) {
		if field == "name" {
			name = p.string("data.name")
			return
		}
		if t, _ := protoType(field); p.data[p.pos] != 'n' {
			v, typ = p.typedValue(t)
			return
		}
		p.skip()
	})
	if n, ok := v.Int(); ok && name == returnValue {
		p.event.ReturnValue = n
		return
	}
	p.argument(name, typ, v)
}

// typedValue reads a value and finds the type out where it is not said.
func (p *protoParser) typedValue(typ string) (Value, string) {
	at := p.pos
	p.skip()
	end := p.pos
	inner := parser{cursor: cursor{data: p.data[:end], text: p.cursor.text[:end], pos: at}}
	switch p.data[at] {
	case '"':
		return textOf(inner.value(typ), typ)
	case 't', 'f':
		return inner.value(typ), "bool"
	case '[':
		if typ == "" {
			typ = "[]string"
		}
		v := inner.value(typ)
		if v.Kind() != KindStrings {
			typ = "unknown"
		}
		return v, typ
	case '{':
		return inner.protoObject(typ)
	default:
		return numberOf(inner.value(typ), typ)
	}
}

// numberOf completes the type of a number.
func numberOf(v Value, typ string) (Value, string) {
	if typ != "" {
		return v, typ
	}
	switch v.Kind() {
	case KindInt:
		return v, "int64"
	case KindUint:
		return v, "uint64"
	default:
		return v, "float64"
	}
}

// textOf makes a number of a text where the type says so: protojson writes 64
// bits as texts.
func textOf(v Value, typ string) (Value, string) {
	switch typ {
	case "int64":
		if n, err := strconv.ParseInt(v.Text(), 10, 64); err == nil {
			return Int(n), typ
		}
	case "uint64":
		if n, err := strconv.ParseUint(v.Text(), 10, 64); err == nil {
			return Uint(n), typ
		}
	case "bytes":
		return v, typ
	}
	return v, "string"
}

// uintText reads a number of 64 bits that may be a text.
func (p *protoParser) uintText(key string) uint64 {
	if p.data[p.pos] != '"' {
		return p.uint(key)
	}
	start := p.pos
	n, err := strconv.ParseUint(p.quoted(), 10, 64)
	if err != nil {
		p.fail(key, "a whole number of 64 bits, not negative", start)
	}
	return n
}

// protoObject reads a value that is an object: a socket's address, a list in an
// object of its own, or something that stays JSON.
func (p *parser) protoObject(typ string) (Value, string) {
	start := p.pos
	var pairs []string
	var list Value
	lists := 0
	family := false
	p.object("", func(key string) {
		at := p.pos
		switch {
		case key == "sa_family" || key == "saFamily":
			family = true
			pairs = append(pairs, "sa_family", familyName(string(p.raw())))
		case key == "value" && p.data[p.pos] == '[':
			list = p.listValue("[]string")
			lists++
		default:
			raw := string(p.raw())
			if p.data[at] == '"' {
				p.pos = at
				raw = p.quoted()
			}
			pairs = append(pairs, snake(key), raw)
		}
	})
	switch {
	case family:
		return Map(pairs...), "SockAddr"
	case lists == 1 && len(pairs) == 0 && strings.HasPrefix(typ, "[]"):
		if list.Kind() != KindStrings {
			typ = "unknown"
		}
		return list, typ
	default:
		p.pos = start
		return JSON(p.compact()), "unknown"
	}
}

// familyName returns the name of an address family from its number or its name
// in the schema, as JSON.
func familyName(raw string) string {
	name := strings.Trim(raw, `"`)
	if name == "SA_FAMILY_T_UNSPEC" {
		return "AF_UNSPEC"
	}
	if n, err := strconv.ParseUint(name, 10, 16); err == nil {
		return addressFamilies.text(n)
	}
	return name
}

// snake returns the name of a socket address's field as the schema has it.
func snake(key string) string {
	for _, prefix := range []string{"sin6", "sin", "sun"} {
		if rest, ok := strings.CutPrefix(key, prefix); ok && rest != "" && rest[0] != '_' && !digit(rest[0]) {
			return prefix + "_" + strings.ToLower(rest[:1]) + rest[1:]
		}
	}
	return key
}
