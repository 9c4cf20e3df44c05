package main

import (
	"slices"
	"strings"

	"github.com/weirsec/weir/bpf"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/signatures/sdk"
)

// blind is a signature that waits for events which nothing here observes.
type blind struct {
	id     string
	events []string
	// all says that it waits for nothing else: it cannot match.
	all bool
}

// blindSignatures finds the signatures that select events which no kernel
// program observes, so that nobody takes their silence for peace.
func blindSignatures(set *engine.Set, attachments []bpf.Attachment) []blind {
	var found []blind
	for _, s := range set.Signatures() {
		b := blind{id: s.Metadata.ID, all: true}
		for _, selector := range s.Selectors {
			switch {
			case selector.Source != sdk.Source || selector.Name == "*" || isFinding(set, selector.Name):
				b.all = false
			case slices.ContainsFunc(attachments, func(a bpf.Attachment) bool { return a.Event == selector.Name }):
				b.all = false
			case !slices.Contains(b.events, selector.Name):
				b.events = append(b.events, selector.Name)
			}
		}
		if len(b.events) > 0 {
			found = append(found, b)
		}
	}
	return found
}

// isFinding reports whether a name is that of another signature's findings.
func isFinding(set *engine.Set, name string) bool {
	return slices.ContainsFunc(set.Signatures(), func(s *engine.Signature) bool { return s.Metadata.EventName == name })
}

// String says what is missing.
func (b blind) String() string {
	text := event.Printable(b.id) + " waits for " + event.Printable(strings.Join(b.events, ", "))
	if b.all {
		return text + " and for nothing else"
	}
	return text
}
