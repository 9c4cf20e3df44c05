package cloudevent

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/weirsec/weir/schemas/finding"
)

const (
	// Type is the CloudEvents type of a finding.
	Type = "io.github.weirsec.finding.v1"
	// DataSchema is the URI of the JSON Schema of the data.
	DataSchema = "https://weirsec.github.io/weir/schemas/finding/v1/finding.schema.json"
	// ContentType is the media type of the structured JSON form.
	ContentType = "application/cloudevents+json"

	specVersion  = "1.0"
	sourcePrefix = "https://weirsec.github.io/weir/nodes/"
	dataType     = "application/json"
)

// Source returns the CloudEvents source of a node's findings: where it
// happened, never who detected it, since source and id together must be the
// same when a finding is made again elsewhere.
func Source(node string) string { return sourcePrefix + url.PathEscape(node) }

// attributes are the event's attributes in the order of the JSON form.
type attributes struct {
	SpecVersion     string `json:"specversion"`
	ID              string `json:"id"`
	Source          string `json:"source"`
	Type            string `json:"type"`
	Subject         string `json:"subject,omitempty"`
	DataContentType string `json:"datacontenttype"`
	DataSchema      string `json:"dataschema"`
	Time            string `json:"time"`
	RecordedTime    string `json:"recordedtime"`
	SeverityNumber  int32  `json:"severitynumber"`
	SeverityText    string `json:"severitytext"`
	TraceParent     string `json:"traceparent"`
	PartitionKey    string `json:"partitionkey,omitempty"`
	Sequence        string `json:"sequence"`
}

// attributesOf checks what the specification demands of a detection.
func attributesOf(d *finding.Detection) (attributes, error) {
	if strings.TrimSpace(d.ID) == "" {
		return attributes{}, errors.New("detection has no id")
	}
	if d.ID != clean(d.ID) {
		return attributes{}, fmt.Errorf("detection id %q holds control characters", d.ID)
	}
	severity := d.Finding.Signature.Severity
	if severity.Number() == 0 {
		return attributes{}, fmt.Errorf("detection %s has the unknown severity %q", d.ID, severity)
	}
	return attributes{
		SpecVersion:     specVersion,
		ID:              d.ID,
		Source:          Source(d.Node),
		Type:            Type,
		Subject:         clean(d.Subject),
		DataContentType: dataType,
		DataSchema:      DataSchema,
		Time:            timestamp(d.Time),
		RecordedTime:    timestamp(d.Made),
		SeverityNumber:  severity.Number(),
		SeverityText:    severityText(severity),
		TraceParent:     TraceParent(d, RootSpan),
		PartitionKey:    clean(d.PartitionKey),
		Sequence:        fmt.Sprintf("%020d", d.Sequence),
	}, nil
}

// severityText returns OpenTelemetry's short name of the severity's number:
// the extension wants one text for one number, in upper case.
func severityText(s finding.Severity) string {
	switch s {
	case finding.SeverityInfo:
		return "INFO"
	case finding.SeverityLow:
		return "INFO2"
	case finding.SeverityMedium:
		return "WARN"
	case finding.SeverityHigh:
		return "ERROR"
	default:
		return "FATAL"
	}
}

func timestamp(nanoseconds int64) string {
	return time.Unix(0, nanoseconds).UTC().Format(time.RFC3339Nano)
}

// clean replaces what CloudEvents forbids in attributes: control characters
// and code points that are no characters. A blank attribute is an absent one.
func clean(text string) string {
	if strings.TrimSpace(text) == "" {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r&0xfffe == 0xfffe || (r >= 0xfdd0 && r <= 0xfdef) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
