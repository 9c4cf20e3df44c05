package cloudevent

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/weirsec/weir/schemas/finding"
)

// The headers of a finding's message. They are a copy of what a consumer may
// want to know before it decodes the event; names and ids are percent-encoded
// like parts of a URL path, so that no header holds foreign bytes.
const (
	headerSeverity    = "Weir-Severity"
	headerSignature   = "Weir-Signature"
	headerNode        = "Weir-Node"
	headerStages      = "Weir-Stages"
	headerTraceParent = "traceparent"
)

// Headers returns the headers of the message that carries the detection's
// event: severity, signature, node, the stages it went through so far, and the
// trace context of its publication, the span of that name.
func Headers(d *finding.Detection, span string) map[string]string {
	all := map[string]string{
		headerSeverity:    url.PathEscape(string(d.Finding.Signature.Severity)),
		headerSignature:   url.PathEscape(d.Finding.Signature.ID),
		headerNode:        url.PathEscape(d.Node),
		headerTraceParent: TraceParent(d, span),
	}
	// Structs of texts and numbers always have a JSON form.
	if stages, err := json.Marshal(d.Stamps); err == nil && len(d.Stamps) > 0 {
		all[headerStages] = string(stages)
	}
	return all
}

// Stamps returns the stages that a message's headers tell of, nil where they
// tell nothing that can be read: what they hold is for people to look at and
// never a reason to refuse a finding. Names of headers are compared without
// regard to case, since brokers and bridges change it.
func Stamps(header map[string]string) []finding.Stamp {
	for name, value := range header {
		var stamps []finding.Stamp
		if strings.EqualFold(name, headerStages) && json.Unmarshal([]byte(value), &stamps) == nil {
			return stamps
		}
	}
	return nil
}
