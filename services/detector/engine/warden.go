package engine

import "github.com/weirsec/weir/signatures/sdk"

// QuarantineID is the id of the findings by which the engine tells that it
// took a signature out. No other signature may have it.
const QuarantineID = "weir.signature_quarantined"

// newWarden returns the signature of those findings. It is no member of a set
// and evaluates nothing.
func newWarden() *Signature {
	return &Signature{
		Metadata: sdk.Metadata{
			ID:        QuarantineID,
			Version:   "1.0.0",
			Name:      "Signature taken out",
			EventName: "signature_quarantined",
			Description: "A signature failed or took too long once too often. It is evaluated no more, until it is loaded " +
				"with another version or content or the detector is started again.",
			Tags:       []string{"weir"},
			Properties: map[string]any{"Severity": 1},
		},
		Source: "weir",
	}
}

// announce tells of a quarantine as of a finding about the event at hand. A
// signature that is taken out before any event, by a signal, is told of by its
// fault alone.
func (e *Evaluator) announce(s *Signature, q Quarantine) {
	if e.at.event == nil {
		return
	}
	e.matches = append(e.matches, Match{
		Signature: e.set.warden,
		Event:     e.at.event,
		Data: map[string]any{
			"signature": s.Metadata.ID, "version": s.Metadata.Version, "reason": string(q.Reason),
			"count": q.Count, "detail": q.Detail,
		},
		Events: e.at.events, WindowStart: e.at.windowStart, depth: e.at.depth,
		// Of several signatures that one event takes out, each has its own.
		Cause: s.Metadata.ID + "@" + Match{Signature: s}.Version(),
	})
}
