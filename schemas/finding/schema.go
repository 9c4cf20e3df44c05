package finding

import _ "embed"

//go:embed finding.schema.json
var schemaJSON string

//go:embed cloudevent.schema.json
var cloudEventSchemaJSON string

// SchemaJSON returns the JSON Schema (2020-12) of Finding, the data of a
// finding's CloudEvent. Its $id is the event's dataschema.
func SchemaJSON() string { return schemaJSON }

// CloudEventSchemaJSON returns the JSON Schema (2020-12) of the whole event in
// structured JSON. It refers to the schema of SchemaJSON by its $id.
func CloudEventSchemaJSON() string { return cloudEventSchemaJSON }
