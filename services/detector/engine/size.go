package engine

import (
	"encoding"
	"encoding/json"
	"reflect"
)

// reportBytes is what a report counts for besides its texts, so that nobody
// reports nothing for ever.
const reportBytes = 64

// sizeOf returns how large a report is as JSON, about: texts count as long as
// they are, everything else a little. It stops counting beyond the limit, so
// that neither a document without end nor one that holds itself costs more.
func sizeOf(r *Report, limit int) int {
	m := measure{left: limit - reportBytes}
	for _, id := range r.Events {
		m.left -= len(id) + 3
	}
	m.object(r.Data)
	return limit - m.left
}

// measure counts down from a limit.
type measure struct{ left int }

func (m *measure) object(object map[string]any) {
	for key, value := range object {
		if m.left < 0 {
			return
		}
		m.left -= len(key) + 4
		m.value(value)
	}
}

func (m *measure) value(value any) {
	m.left--
	switch value := value.(type) {
	case nil, bool, int, int32, int64, uint32, uint64, float64:
		m.left -= 4
	case string:
		m.left -= len(value) + 2
	case json.Number:
		m.left -= len(value)
	case json.RawMessage:
		m.left -= len(value)
	case map[string]any:
		m.object(value)
	case []any:
		for i := 0; i < len(value) && m.left >= 0; i++ {
			m.value(value[i])
		}
	case []string:
		for i := 0; i < len(value) && m.left >= 0; i++ {
			m.left -= len(value[i]) + 3
		}
	default:
		m.reflected(reflect.ValueOf(value))
	}
}

// reflected counts values of an author's own types.
func (m *measure) reflected(v reflect.Value) {
	m.left -= 4
	if m.left < 0 || m.marshalled(v) {
		return
	}
	switch v.Kind() {
	case reflect.String:
		m.left -= v.Len()
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			m.reflected(v.Elem())
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			m.left -= v.Len()
			return
		}
		for i := 0; i < v.Len() && m.left >= 0; i++ {
			m.reflected(v.Index(i))
		}
	case reflect.Map:
		for entries := v.MapRange(); m.left >= 0 && entries.Next(); {
			m.reflected(entries.Key())
			m.reflected(entries.Value())
		}
	case reflect.Struct:
		for i := 0; i < v.NumField() && m.left >= 0; i++ {
			m.reflected(v.Field(i))
		}
	default:
		// Numbers and what is no JSON at all.
	}
}

// marshalled counts what writes itself, which there is no other way to know,
// and reports whether it does.
func (m *measure) marshalled(v reflect.Value) bool {
	if !v.CanInterface() {
		return false
	}
	var text []byte
	switch value := v.Interface().(type) {
	case json.Marshaler:
		text, _ = value.MarshalJSON()
	case encoding.TextMarshaler:
		text, _ = value.MarshalText()
	default:
		return false
	}
	m.left -= len(text)
	return true
}
