package bucket

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"unicode/utf8"
)

// ParseValue returns what a value of a bucket means: a JSON object is the result
// itself, with numbers as json.Number, and any other text is {"value": text}.
// What begins like an object must be one.
func ParseValue(data []byte) (map[string]any, error) {
	trimmed := bytes.TrimLeft(data, " \t\r\n")
	if len(trimmed) == 0 || trimmed[0] != '{' {
		if !utf8.Valid(data) {
			return nil, errors.New("it is neither a JSON object nor a text in UTF-8")
		}
		return map[string]any{"value": string(data)}, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var object map[string]any
	if err := decoder.Decode(&object); err != nil {
		return nil, fmt.Errorf("it begins like a JSON object, but: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something stands behind the JSON object")
	}
	return object, nil
}

// ParseSchema reads the value of the key that describes the results: a JSON
// object of names and types.
func ParseSchema(data []byte) (string, error) {
	var types map[string]string
	if err := json.Unmarshal(data, &types); err != nil || types == nil {
		return "", errors.New(`a schema is a JSON object of names and types, such as {"owner": "string"}`)
	}
	// A map of texts has no error.
	text, _ := json.Marshal(types)
	return string(text), nil
}

// own returns a copy of a value that shares nothing that can be changed.
func own(value any) any {
	switch v := value.(type) {
	case map[string]any:
		copied := maps.Clone(v)
		for key, inner := range copied {
			switch inner.(type) {
			case map[string]any, []any:
				copied[key] = own(inner)
			}
		}
		return copied
	case []any:
		copied := make([]any, len(v))
		for i := range v {
			copied[i] = own(v[i])
		}
		return copied
	default:
		return v
	}
}
