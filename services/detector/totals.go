package detector

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/weirsec/weir/services/detector/engine"
)

// totals are the counts of the signatures of one id.
type totals struct {
	events, matches, errors, skipped uint64
	seconds                          float64
	// stateful is whether any of them remembers something, entries how much
	// they do, full and overweight what they had to forget.
	stateful         bool
	entries          int64
	full, overweight uint64
	// forgotten is what their correlations left out.
	forgotten engine.Forgotten
	// out is why one of them is in quarantine, empty where none is.
	out engine.Reason
}

// add adds what a signature of the id has done.
func (t *totals) add(s engine.Stats) {
	t.events += s.Events
	t.matches += s.Matches
	t.errors += s.Errors
	t.skipped += s.Skipped
	if s.Sampled > 0 {
		t.seconds += float64(s.Nanos) / float64(s.Sampled) * float64(s.Events) / 1e9
	}
	t.stateful = t.stateful || s.Signature.Remembers()
	t.entries += s.State.Entries
	t.full += s.State.Full
	t.overweight += s.State.Overweight
	t.forgotten = t.forgotten.Plus(s.Forgotten)
	if q, out := s.Signature.Quarantine(); out {
		t.out = q.Reason
	}
}

// past is what stays of the counts when their set is gone.
func (t totals) past() totals {
	t.entries, t.out = 0, ""
	return t
}

// quarantined is 1 where one of the signatures is in quarantine.
func (t totals) quarantined() int64 {
	if t.out == "" {
		return 0
	}
	return 1
}

// reasoned adds the reason of a quarantine, where there is one.
func (t totals) reasoned(signature attribute.KeyValue) []attribute.KeyValue {
	if t.out == "" {
		return []attribute.KeyValue{signature}
	}
	return []attribute.KeyValue{signature, reason(string(t.out))}
}

func reason(text string) attribute.KeyValue { return attribute.String("reason", text) }
