package machine

import (
	"strings"
	"unicode/utf8"

	"github.com/weirsec/weir/services/detector/rego/value"
)

// textFunction works on texts.
func textFunction(name string) native {
	switch name {
	case "startswith":
		return holds(strings.HasPrefix)
	case "endswith":
		return holds(strings.HasSuffix)
	case "contains":
		return holds(strings.Contains)
	case "lower":
		return changed(strings.ToLower)
	case "upper":
		return changed(strings.ToUpper)
	case "trim_space":
		return changed(strings.TrimSpace)
	case "trim_prefix":
		return changedBy(strings.TrimPrefix)
	case "trim_suffix":
		return changedBy(strings.TrimSuffix)
	case "trim":
		return changedBy(strings.Trim)
	case "trim_left":
		return changedBy(strings.TrimLeft)
	case "trim_right":
		return changedBy(strings.TrimRight)
	case "split":
		return split
	case "concat":
		return concat
	case "substring":
		return substring
	case "indexof":
		return indexOf
	case "strings.any_prefix_match":
		return anyMatch(strings.HasPrefix)
	case "strings.any_suffix_match":
		return anyMatch(strings.HasSuffix)
	default:
		return nil
	}
}

// two returns the first two arguments, if they are texts.
func two(args []value.Value) (a, b string, ok bool) {
	a, first := args[0].Text()
	b, second := args[1].Text()
	return a, b, first && second
}

func holds(f func(a, b string) bool) native {
	return func(_ *Machine, args []value.Value) (value.Value, bool) {
		a, b, ok := two(args)
		return value.Bool(ok && f(a, b)), ok
	}
}

func changed(f func(string) string) native {
	return func(m *Machine, args []value.Value) (value.Value, bool) {
		text, ok := args[0].Text()
		if !ok {
			return value.Value{}, false
		}
		return m.text(f(text)), true
	}
}

func changedBy(f func(a, b string) string) native {
	return func(m *Machine, args []value.Value) (value.Value, bool) {
		a, b, ok := two(args)
		if !ok {
			return value.Value{}, false
		}
		return m.text(f(a, b)), true
	}
}

// text is a text that was made.
func (m *Machine) text(s string) value.Value {
	m.charge(len(s))
	return value.String(s)
}

func split(m *Machine, args []value.Value) (value.Value, bool) {
	text, separator, ok := two(args)
	if !ok {
		return value.Value{}, false
	}
	parts := strings.Split(text, separator)
	if !strings.Contains(text, separator) {
		parts = []string{text}
	}
	if !m.charge(len(parts) * bytesPerValue) {
		return value.Value{}, true
	}
	list := value.NewArray(len(parts))
	for _, part := range parts {
		list.Append(value.String(part))
	}
	return value.OfArray(list), true
}

func concat(m *Machine, args []value.Value) (value.Value, bool) {
	separator, ok := args[0].Text()
	if kind := args[1].Kind(); !ok || kind != value.KindArray && kind != value.KindSet {
		return value.Value{}, false
	}
	var b strings.Builder
	first := true
	for it := value.Iterate(args[1]); ; {
		_, v, more := it.Next()
		if !more {
			return value.String(b.String()), true
		}
		part, ok := v.Text()
		if !ok {
			return value.Value{}, false
		}
		if !first {
			b.WriteString(separator)
		}
		first = false
		if !m.charge(len(part) + len(separator)) {
			return value.Value{}, true
		}
		b.WriteString(part)
	}
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func substring(_ *Machine, args []value.Value) (value.Value, bool) {
	text, ok := args[0].Text()
	start, first := args[1].Int()
	length, second := args[2].Int()
	if !ok || !first || !second || start < 0 || !ascii(text) {
		return value.Value{}, false
	}
	size := int64(len(text))
	start = min(start, size)
	end := size
	if length >= 0 && length < size-start {
		end = start + length
	}
	return value.String(text[start:end]), true
}

func indexOf(_ *Machine, args []value.Value) (value.Value, bool) {
	text, search, ok := two(args)
	if !ok || search == "" || !ascii(text) || !ascii(search) {
		return value.Value{}, false
	}
	return value.Int(int64(strings.Index(text, search))), true
}

// anyMatch looks for a text that begins or ends with one of others. Either side
// may be one text or a collection.
func anyMatch(match func(a, b string) bool) native {
	return func(m *Machine, args []value.Value) (value.Value, bool) {
		texts, ok := textsOf(args[0])
		affixes, also := textsOf(args[1])
		if !ok || !also {
			return value.Value{}, false
		}
		for _, text := range texts {
			if !m.spend(int64(len(affixes))) {
				return value.Value{}, true
			}
			for _, affix := range affixes {
				if match(text, affix) {
					return value.Bool(true), true
				}
			}
		}
		return value.Bool(false), true
	}
}

// textsOf returns a text, or those of an array or set.
func textsOf(v value.Value) ([]string, bool) {
	if text, ok := v.Text(); ok {
		return []string{text}, true
	}
	if kind := v.Kind(); kind != value.KindArray && kind != value.KindSet {
		return nil, false
	}
	list := make([]string, 0, v.Len())
	for it := value.Iterate(v); ; {
		_, x, more := it.Next()
		if !more {
			return list, true
		}
		text, ok := x.Text()
		if !ok {
			return nil, false
		}
		list = append(list, text)
	}
}
