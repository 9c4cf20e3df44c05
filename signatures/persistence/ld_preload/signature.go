// Package ldpreload detects who changes the list of libraries that are loaded
// into every program. It must not look at environments: LD_PRELOAD there is
// the daily bread of build systems.
package ldpreload

import (
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

// list is the file that the dynamic linker reads.
const list = "/etc/ld.so.preload"

// Signature fires where the list is opened for writing. The zero Signature is
// ready.
type Signature struct{}

// Metadata describes the signature.
func (Signature) Metadata() sdk.Metadata {
	return sdk.Metadata{
		ID:        "ld_preload",
		Version:   "1.0.0",
		Name:      "Preload list of the dynamic linker opened for writing",
		EventName: "ld_preload",
		Description: "A process opened /etc/ld.so.preload for writing. The libraries named there are loaded " +
			"into every program that is started from then on.",
		Tags: []string{"host", "container"},
		Properties: map[string]any{
			"Severity":    3,
			"Category":    "persistence",
			"Technique":   "Hijack Execution Flow: Dynamic Linker Hijacking",
			"external_id": "T1574.006",
			"id":          "attack-pattern--633a100c-b2c9-41bf-9be5-905c1b16c825",
		},
	}
}

// Selectors select the list, opened wherever it happens.
func (Signature) Selectors() []sdk.Selector {
	return []sdk.Selector{{Source: sdk.Source, Name: "security_file_open", Where: &sdk.Where{Paths: []string{list}}}}
}

// OnEvent reports writers of the list.
func (Signature) OnEvent(c *sdk.Context, e *event.Event) error {
	if file, _ := e.String("pathname"); file != list || !sdk.OpenedToWrite(e) {
		return nil
	}
	flags, _ := e.Symbol("flags")
	c.Report(map[string]any{"path": list, "flags": flags})
	return nil
}
