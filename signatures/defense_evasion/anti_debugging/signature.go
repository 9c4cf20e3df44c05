// Package antidebugging detects a process that keeps debuggers away from
// itself. It must not decide whether that is an attack: the finding says who
// did it, and the reader judges.
package antidebugging

import (
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

// ptraceTraceme is the number of PTRACE_TRACEME.
const ptraceTraceme = 0

// Signature fires on ptrace(PTRACE_TRACEME): whoever is traced by its parent
// already cannot be traced by a debugger. The zero Signature is ready.
type Signature struct{}

// Metadata describes the signature.
func (Signature) Metadata() sdk.Metadata {
	return sdk.Metadata{
		ID:        "anti_debugging",
		Version:   "1.0.0",
		Name:      "Anti-debugging",
		EventName: "anti_debugging",
		Description: "A process asked to be traced by its parent (ptrace PTRACE_TRACEME), " +
			"which keeps any other debugger away. Malware does so to hinder its analysis.",
		Tags: []string{"host", "container"},
		Properties: map[string]any{
			"Severity":    1,
			"Category":    "defense-evasion",
			"Technique":   "Debugger Evasion",
			"external_id": "T1622",
			"id":          "attack-pattern--e4dc8c01-417f-458d-9ee0-bb0617c1b391",
		},
	}
}

// Selectors select ptrace wherever it happens.
func (Signature) Selectors() []sdk.Selector {
	return []sdk.Selector{{Source: sdk.Source, Name: "ptrace"}}
}

// OnEvent reports requests to be traced, whether the event carries the number
// or its name.
func (Signature) OnEvent(c *sdk.Context, e *event.Event) error {
	if request, ok := e.Int("request"); ok && request == ptraceTraceme {
		c.Report(nil)
	}
	return nil
}
