package engine

import "strconv"

// Match says that a signature fired on the event at hand.
type Match struct {
	Signature *Signature
	// Data is the document that the signature returned, nil for none.
	Data map[string]any
	// Ordinal counts the matches of this signature on this event from 0.
	Ordinal int
	// Events and WindowStart are those of the Report.
	Events      []string
	WindowStart int64
}

// Version is what a finding's id takes as the signature's version: the
// version as it is, or made different where the same signature fires more than
// once on an event, or two signatures have one id.
func (m Match) Version() string {
	version := m.Signature.Metadata.Version
	if m.Signature.Variant != "" {
		version += "+" + m.Signature.Variant
	}
	if m.Ordinal > 0 {
		version += "+match." + strconv.Itoa(m.Ordinal)
	}
	return version
}
