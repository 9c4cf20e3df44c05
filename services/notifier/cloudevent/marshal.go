package cloudevent

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/weirsec/weir/schemas/finding"
)

// Marshal returns the detection as a CloudEvent in structured JSON, on one
// line and without a line end. The same detection gives the same bytes; the
// SDK's own rendering does not, as it writes extensions in random order.
//
// It fails where the detection has no id or an unknown severity, or holds a
// value that JSON cannot.
func Marshal(d *finding.Detection) ([]byte, error) {
	a, err := attributesOf(d)
	if err != nil {
		return nil, err
	}
	whole := struct {
		attributes
		Data finding.Finding `json:"data"`
	}{a, complete(d)}
	return encode(whole)
}

// New returns the detection as an event of the CloudEvents SDK, valid by its
// rules, for those who hand it on through the SDK. It fails as Marshal does.
func New(d *finding.Detection) (event.Event, error) {
	a, err := attributesOf(d)
	if err != nil {
		return event.Event{}, err
	}
	data, err := encode(complete(d))
	if err != nil {
		return event.Event{}, err
	}
	recorded, err := types.ParseTimestamp(a.RecordedTime)
	if err != nil {
		return event.Event{}, fmt.Errorf("time of detection %s: %w", d.ID, err)
	}
	happened, err := types.ParseTime(a.Time)
	if err != nil {
		return event.Event{}, fmt.Errorf("time of detection %s: %w", d.ID, err)
	}
	e := event.New(specVersion)
	e.SetID(a.ID)
	e.SetSource(a.Source)
	e.SetType(a.Type)
	e.SetSubject(a.Subject)
	e.SetDataSchema(a.DataSchema)
	e.SetTime(happened)
	e.SetExtension("recordedtime", *recorded)
	e.SetExtension("severitynumber", a.SeverityNumber)
	e.SetExtension("severitytext", a.SeverityText)
	e.SetExtension("traceparent", a.TraceParent)
	e.SetExtension("sequence", a.Sequence)
	if a.PartitionKey != "" {
		e.SetExtension("partitionkey", a.PartitionKey)
	}
	// Not by SetData: it would turn bytes into base64, or escape them again.
	e.SetDataContentType(dataType)
	e.DataEncoded = data
	if err := e.Validate(); err != nil {
		return event.Event{}, fmt.Errorf("detection %s as a CloudEvent: %w", d.ID, err)
	}
	return e, nil
}

// complete returns the finding as the schema promises it: no null lists, and a
// trace id in any case.
func complete(d *finding.Detection) finding.Finding {
	f := d.Finding.Complete()
	f.TraceID = traceID(d)
	return f
}

// encode renders v as compact JSON with "<", ">" and "&" as they are: the
// bytes go to people and log stores, not into web pages.
func encode(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode finding: %w", err)
	}
	return quoteExtremes(bytes.TrimRight(out.Bytes(), "\n")), nil
}
