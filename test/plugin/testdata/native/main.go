// Command native is a plugin with a signature and a data source of Weir's own.
package main

import (
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

// ExportedSignatures and ExportedDataSources are what it is loaded for.
var (
	ExportedSignatures  = []sdk.Signature{labelled{}}
	ExportedDataSources = []sdk.DataSource{labels{}}
)

func main() {}

type labelled struct{}

func (labelled) Metadata() sdk.Metadata {
	return sdk.Metadata{ID: "NATIVE-1", Version: "1", Name: "Labelled", EventName: "labelled"}
}

func (labelled) Selectors() []sdk.Selector {
	return []sdk.Selector{{Source: sdk.Source, Name: "openat"}}
}

func (labelled) OnEvent(c *sdk.Context, _ *event.Event) error {
	source, ok := c.DataSource("mine", "labels")
	if !ok {
		return nil
	}
	data, err := source.Get("a")
	if err == nil {
		c.Report(data)
	}
	return err
}

type labels struct{}

func (labels) Namespace() string { return "mine" }
func (labels) ID() string        { return "labels" }
func (labels) Version() uint     { return 1 }
func (labels) Keys() []string    { return []string{"string"} }
func (labels) Schema() string    { return `{"label":"string"}` }
func (labels) Get(any) (map[string]any, error) {
	return map[string]any{"label": "from the plugin"}, nil
}
