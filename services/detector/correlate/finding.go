package correlate

import (
	"slices"
	"time"

	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/signatures/sdk"
)

const (
	// maxEvents is how many ids of events a finding lists, the latest ones.
	maxEvents = 100
	// maxValues is how many different values a finding lists.
	maxValues = 100
)

// tell makes the report of a finding. The match at hand is e, data is what it
// returned itself.
func (r *rule) tell(key []byte, window []entry, e entry, data map[string]any) engine.Report {
	found := r.contributing(window, e)
	first, last := found[0].time, found[0].time
	for i := range found {
		first, last = min(first, found[i].time), max(last, found[i].time)
	}
	document := map[string]any{
		"correlation": string(r.kind),
		"count":       len(found),
		"window": map[string]any{
			"start": clock(first), "end": clock(last), "timespan": r.span,
		},
	}
	if len(r.group) > r.scope {
		document["group"] = r.groupOf(key)
	}
	if r.kind == sdk.ValueCount {
		values := []any{}
		for _, one := range found[max(0, len(found)-maxValues):] {
			values = append(values, shown(one.value))
		}
		document["values"] = values
	}
	if data != nil {
		document["match"] = data
	}
	return engine.Report{Data: document, Events: ids(found), WindowStart: first}
}

// clock is a time as findings show it.
func clock(nanoseconds int64) string { return time.Unix(0, nanoseconds).UTC().Format(time.RFC3339Nano) }

// contributing returns the matches that a finding is made of, by time, but the
// one at hand last: all of the window where matches are counted, and otherwise
// one for each value or rule.
func (r *rule) contributing(window []entry, e entry) []entry {
	var found []entry
	switch r.kind {
	case sdk.EventCount:
		found = slices.Clone(window)
	case sdk.TemporalOrdered:
		next := len(r.names) - 1
		for i := len(window) - 1; i >= 0 && next >= 0; i-- {
			if window[i].value == r.names[next] {
				found = append(found, window[i])
				next--
			}
		}
		slices.Reverse(found)
	default:
		seen := map[string]bool{e.value: true}
		for _, one := range slices.Backward(window) {
			if !seen[one.value] {
				seen[one.value] = true
				found = append(found, one)
			}
		}
		slices.Reverse(found)
	}
	found = slices.DeleteFunc(found, func(other entry) bool { return other == e })
	return append(found, e)
}

// ids returns the ids of the latest matches, each once.
func ids(found []entry) []string {
	var list []string
	for i := len(found) - 1; i >= 0 && len(list) < maxEvents; i-- {
		if !slices.Contains(list, found[i].id) {
			list = append(list, found[i].id)
		}
	}
	slices.Reverse(list)
	return list
}
