package correlate

import (
	"encoding/binary"

	"github.com/weirsec/weir/schemas/event"
)

// absent and present begin the part of a field in the key of a group, so that
// the matches without it are a group of their own.
const (
	absent  = 0
	present = 1
)

// scopeFields are what events are partitioned by. Matches of different nodes or
// containers may be evaluated on different machines, so they never count
// together, not even where they happen to be in one partition.
func scopeFields() []field {
	return []field{
		{known: func(e *event.Event) event.Value { return ifAny(e.Context.Node) }},
		{known: func(e *event.Event) event.Value { return ifAny(e.Context.Container.ID) }},
	}
}

// appendKey appends the key of the group that a match belongs to.
func (r *rule) appendKey(dst []byte, e *event.Event, data map[string]any) []byte {
	for i := range r.group {
		value := r.group[i].of(e, data)
		if missing(value) {
			dst = append(dst, absent)
			continue
		}
		dst = append(dst, present, 0, 0)
		start := len(dst)
		dst = appendBounded(dst, value)
		binary.BigEndian.PutUint16(dst[start-2:], uint16(len(dst)-start))
	}
	return dst
}

// groupOf returns the author's fields of a group with their values, nil for
// those that are missing.
func (r *rule) groupOf(key []byte) map[string]any {
	group := make(map[string]any, len(r.group))
	for i := range r.group {
		var value any
		if key[0] == absent {
			key = key[1:]
		} else {
			end := 3 + int(binary.BigEndian.Uint16(key[1:]))
			value = shown(string(key[3:end]))
			key = key[end:]
		}
		if i >= r.scope {
			group[r.group[i].path] = value
		}
	}
	return group
}

// validKey reports whether a key is one of this rule.
func (r *rule) validKey(key string) bool {
	for range r.group {
		switch {
		case key == "":
			return false
		case key[0] == absent:
			key = key[1:]
		case key[0] != present || len(key) < 3:
			return false
		default:
			end := 3 + int(binary.BigEndian.Uint16([]byte(key[1:3])))
			if end > len(key) {
				return false
			}
			key = key[end:]
		}
	}
	return key == ""
}
