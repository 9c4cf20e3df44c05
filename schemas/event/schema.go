package event

import _ "embed" // for the schema

//go:embed event.schema.json
var schema string

// JSONSchema returns the JSON Schema (draft 2020-12) of the flat form.
func JSONSchema() []byte { return []byte(schema) }
