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

// groupOf returns the fields of a group with their values, nil for those that
// are missing.
func (r *rule) groupOf(key []byte) map[string]any {
	group := make(map[string]any, len(r.group))
	for i := range r.group {
		if key[0] == absent {
			group[r.group[i].path] = nil
			key = key[1:]
			continue
		}
		end := 3 + int(binary.BigEndian.Uint16(key[1:]))
		group[r.group[i].path] = shown(string(key[3:end]))
		key = key[end:]
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
