package template

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/weirsec/weir/schemas/finding"
)

// data is what a template sees of a finding, in the shape of Tracee's.
type data struct {
	// Data is the document that the signature returned; numbers are exact.
	Data        map[string]any
	Event       envelope
	SigMetadata metadata
	// Context is the event where the oldest templates look for it.
	Context payload `json:"-"`
	// Weir is the whole detection, for templates that want more than Tracee had.
	Weir *finding.Detection `json:"-"`
}

// envelope is the event with what it was selected by.
type envelope struct {
	Headers struct{ Selector selector }
	Payload payload
}

type selector struct{ Name, Origin, Source string }

// metadata describes the signature.
type metadata struct {
	ID, Version, Name, EventName, Description string

	Tags       []string
	Properties map[string]any
}

// newData returns what a template sees of a detection.
func newData(d *finding.Detection) (*data, error) {
	s := d.Finding.Signature
	v := &data{Weir: d, SigMetadata: metadata{
		ID: s.ID, Version: s.Version, Name: s.Name, EventName: s.EventName, Description: s.Description,
		Tags: s.Tags, Properties: s.Properties,
	}}
	if err := decode(d.Finding.Event, &v.Event.Payload); err != nil {
		return nil, fmt.Errorf("event of finding %s: %w", d.ID, err)
	}
	v.Event.Payload.raw = d.Finding.Event
	v.Context = v.Event.Payload
	v.Event.Headers.Selector = selector{Name: v.Context.EventName, Origin: v.Context.Origin(), Source: "tracee"}
	text, err := json.Marshal(d.Finding.Data)
	if err != nil {
		return nil, fmt.Errorf("data of finding %s: %w", d.ID, err)
	}
	if err := decode(text, &v.Data); err != nil {
		return nil, fmt.Errorf("data of finding %s: %w", d.ID, err)
	}
	return v, nil
}

// decode reads JSON with its numbers as they are.
func decode(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode(into)
}
