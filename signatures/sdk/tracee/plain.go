package tracee

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/aquasecurity/tracee/types/detect"
)

// valueError says which entry of a document cannot be shown.
type valueError struct {
	key string
	err error
}

func (e *valueError) Error() string { return fmt.Sprintf("the value of %q: %v", e.key, e.err) }
func (e *valueError) Unwrap() error { return e.err }

// plain returns a value that JSON can hold and that its author cannot change
// any more. Numbers, texts and lists of texts keep their types, because the
// types of a finding's arguments follow from them; anything composite becomes
// what its JSON says.
func plain(value any) (any, error) {
	if s, ok := value.(detect.FindingDataStruct); ok {
		return structMap(s)
	}
	switch v := value.(type) {
	case nil, bool, string, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, json.Number:
		return v, nil
	case float64:
		return v, finite(v)
	case float32:
		return v, finite(float64(v))
	case []string:
		return slices.Clone(v), nil
	default:
		return throughJSON(v)
	}
}

func structMap(s detect.FindingDataStruct) (value any, err error) {
	defer recovered(&err, "turn it into a map")
	return throughJSON(s.ToMap())
}

func finite(f float64) error {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return fmt.Errorf("JSON has no number for %v", f)
	}
	return nil
}

func throughJSON(value any) (result any, err error) {
	defer recovered(&err, "write it as JSON")
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	err = decoder.Decode(&result)
	return result, err
}
