package catalogue

import _ "embed" // for the schemas

//go:generate go test -count=1 -run ^TestGenerated . -update

//go:embed events.schema.json
var schema string

// JSONSchema returns the JSON Schemas (draft 2020-12) of the events in the flat
// form, in one document that needs no other: "#/$defs/openat" is that of openat,
// and the document itself that of any event.
func JSONSchema() []byte { return []byte(schema) }
