package cloudevent

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/weirsec/weir/schemas/finding"
)

// RootSpan is the name under which SpanID makes the id of a trace's root span.
const RootSpan = "finding"

// SpanID returns the id of the span that a finding's trace has under a name.
// It depends on nothing else, so that whoever builds the trace and whoever
// points into it agree without talking.
func SpanID(findingID, span string) [8]byte {
	sum := sha256.Sum256([]byte("span/" + span + "/" + findingID))
	var id [8]byte
	copy(id[:], sum[:])
	// The all-zero id means "none"; no finding may ever get it.
	id[7] |= 1
	return id
}

// TraceParent returns the W3C trace context that points at one span of the
// detection's trace, marked as sampled.
func TraceParent(d *finding.Detection, span string) string {
	id := SpanID(d.ID, span)
	return "00-" + traceID(d) + "-" + hex.EncodeToString(id[:]) + "-01"
}

// traceID returns the detection's trace id, or the one it should have had
// where it holds none or something else.
func traceID(d *finding.Detection) string {
	given := d.Finding.TraceID
	raw, err := hex.DecodeString(given)
	if err != nil || len(raw) != 16 || given != hex.EncodeToString(raw) || [16]byte(raw) == [16]byte{} {
		return finding.TraceID(d.ID)
	}
	return given
}
