package source

import (
	"encoding/json"

	"github.com/weirsec/weir/signatures/sdk/datasource"
)

// described is what Weir's own sources say of themselves.
type described struct{}

// Namespace is the one that Tracee's sources have.
func (described) Namespace() string { return datasource.Namespace }

// Version is that of keys and results.
func (described) Version() uint { return datasource.Version }

// schema is a schema as its sources tell it.
func schema(types map[string]string) string {
	text, err := json.Marshal(types)
	if err != nil {
		return "{}"
	}
	return string(text)
}
