package event

import (
	"encoding/base64"
	"math"
	"strconv"
	"strings"
)

// eventID reads the event's number, which the flat form writes as a string.
func (p *parser) eventID() int32 {
	if p.data[p.pos] != '"' {
		return p.int32("eventId")
	}
	start := p.pos
	n, err := strconv.ParseInt(p.quoted(), 10, 32)
	if err != nil {
		p.fail("eventId", "a whole number of 32 bits", start)
	}
	return int32(n)
}

func (p *parser) texts(key string) []string {
	var list []string
	p.array(key, func() { list = append(list, p.string(key)) })
	return list
}

// addresses keeps an empty list apart from null.
func (p *parser) addresses(key string) []uint64 {
	var list []uint64
	if p.data[p.pos] == '[' {
		list = []uint64{}
	}
	p.array(key, func() { list = append(list, p.uint(key)) })
	return list
}

// args reads the arguments; a second "args" replaces the first.
func (p *parser) args() {
	e := p.event
	e.Shape.Args, e.Values = nil, nil
	p.array("args", func() {
		var spec ArgSpec
		at, end := -1, 0
		p.object("args", func(key string) {
			switch key {
			case "name":
				spec.Name = p.string("args.name")
			case "type":
				spec.Type = p.string("args.type")
			case "value":
				// The type may come after it.
				at = p.pos
				p.skip()
				end = p.pos
			default:
				p.skip()
			}
		})
		var v Value
		if at >= 0 {
			inner := parser{cursor: cursor{data: p.data[:end], text: p.cursor.text[:end], pos: at}}
			v = inner.value(spec.Type)
		}
		e.Shape.Args = append(e.Shape.Args, spec)
		e.Values = append(e.Values, v)
	})
}

// value reads an argument's value. The type decides where the JSON leaves a
// choice; where they contradict each other, the JSON is kept as it is.
func (p *parser) value(typ string) Value {
	switch p.data[p.pos] {
	case 'n':
		return Value{}
	case 't', 'f':
		return Bool(p.data[p.pos] == 't')
	case '"':
		text := p.quoted()
		if typ == "bytes" {
			if b, err := base64.StdEncoding.Strict().DecodeString(text); err == nil && !strings.ContainsAny(text, "\r\n") {
				return Bytes(string(b))
			}
		}
		return String(text)
	case '[':
		return p.listValue(typ)
	case '{':
		return p.mapValue()
	default:
		return numberValue(string(p.raw()), typ)
	}
}

// listValue reads a list of texts, or keeps any other list as JSON.
func (p *parser) listValue(typ string) Value {
	start := p.pos
	var list []string
	plain := true
	p.array("", func() {
		if p.data[p.pos] != '"' {
			plain = false
			p.skip()
			return
		}
		list = append(list, p.quoted())
	})
	if plain && (len(list) > 0 || isList(typ)) {
		return Strings(list)
	}
	p.pos = start
	return JSON(p.compact())
}

// mapValue reads an object of texts, or keeps any other object as JSON.
func (p *parser) mapValue() Value {
	start := p.pos
	var pairs []string
	plain := true
	p.object("", func(key string) {
		if p.data[p.pos] != '"' {
			plain = false
			p.skip()
			return
		}
		pairs = append(pairs, key, p.quoted())
	})
	if plain && len(pairs) > 0 {
		return Map(pairs...)
	}
	p.pos = start
	return JSON(p.compact())
}

// numberValue reads a number exactly; one that neither 64 bits nor a double
// hold stays JSON.
func numberValue(raw, typ string) Value {
	if isFloat(typ) {
		if f, err := strconv.ParseFloat(raw, 64); err == nil && exactFloat(raw, f) {
			return Float(f)
		}
	}
	if n, err := strconv.ParseInt(raw, 10, 64); err == nil {
		if n >= 0 && isUnsigned(typ) {
			return Uint(uint64(n))
		}
		return Int(n)
	}
	if n, err := strconv.ParseUint(raw, 10, 64); err == nil {
		return Uint(n)
	}
	if f, err := strconv.ParseFloat(raw, 64); err == nil && exactFloat(raw, f) {
		return Float(f)
	}
	return JSON(raw)
}

// exactFloat reports whether writing f gives the number that was read.
func exactFloat(raw string, f float64) bool {
	return !math.IsInf(f, 0) && raw == string(appendFloat(nil, f))
}

func isFloat(typ string) bool { return typ == "float" || typ == "double" || typ == "float64" }

func isList(typ string) bool {
	return typ == "[]string" || strings.HasPrefix(typ, "const char*const*") || strings.HasPrefix(typ, "const char**")
}

// isUnsigned knows both vocabularies; a pointer is a number without sign.
func isUnsigned(typ string) bool {
	switch typ {
	case "u8", "u16", "u32", "u64", "size_t", "mode_t", "umode_t", "dev_t", "uid_t", "gid_t", "trace.Pointer":
		return true
	default:
		return strings.HasPrefix(typ, "unsigned") || strings.HasPrefix(typ, "uint") || strings.HasSuffix(typ, "*")
	}
}
