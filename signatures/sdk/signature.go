package sdk

import "github.com/weirsec/weir/schemas/event"

// Signature is one detection. The engine calls OnEvent of one Signature from
// one goroutine at a time for each partition, but several partitions share the
// value: it must not change after it was made.
type Signature interface {
	// Metadata describes the signature. It must be cheap and always the same.
	Metadata() Metadata
	// Selectors name the events that OnEvent wants.
	Selectors() []Selector
	// OnEvent looks at one event, which it must not change or keep, and calls
	// c.Report where it matches. An error is counted against the signature
	// and the event is not lost to others.
	OnEvent(c *Context, e *event.Event) error
}

// Metadata describes a signature, in Tracee's words.
type Metadata struct {
	ID          string
	Version     string
	Name        string
	EventName   string
	Description string
	Tags        []string
	// Properties hold "Severity" (0 to 4), the ATT&CK "Category", "Technique",
	// "id" and "external_id", and whatever else the author wants to say.
	Properties map[string]any
	// Correlation makes findings of several matches; nil makes one of each.
	Correlation *Correlation
}

// Selector names events. An empty Name or Origin, or "*", means any; Source is
// always "tracee", the source of kernel events.
type Selector struct {
	Source string
	Name   string
	Origin string
	// Where narrows the selector to a part of these events; nil to none.
	Where *Where `json:",omitempty"`
}

// Source is the source of all kernel events, as signatures select it.
const Source = "tracee"
