package lookup

import _ "embed"

//go:embed request.schema.json
var requestSchemaJSON string

//go:embed reply.schema.json
var replySchemaJSON string

// RequestSchemaJSON returns the JSON Schema (2020-12) of a request.
func RequestSchemaJSON() string { return requestSchemaJSON }

// ReplySchemaJSON returns the JSON Schema (2020-12) of a reply.
func ReplySchemaJSON() string { return replySchemaJSON }
