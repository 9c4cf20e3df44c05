package interest

import _ "embed"

//go:embed interest.schema.json
var schemaJSON string

// SchemaJSON returns the JSON Schema (2020-12) of an Interest.
func SchemaJSON() string { return schemaJSON }
