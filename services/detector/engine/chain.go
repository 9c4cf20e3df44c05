package engine

import (
	"context"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

const (
	// maxDepth is how many findings may follow from one another.
	maxDepth = 5
	// maxDerived is how many findings about one event may become events.
	maxDerived = 256
)

// occasion is the event at hand with where it comes from.
type occasion struct {
	event *event.Event
	// depth is how many findings lie between it and the stream, cause names
	// the last of them, events and windowStart are what that one was about;
	// all empty for an event of the stream.
	depth       int
	cause       string
	events      []string
	windowStart int64
	// loose marks one that shares memory which may be used again.
	loose bool
}

// chain makes events of the findings that others select and delivers them,
// which may add to the findings. It goes through them in their order, so that
// the same event always gives the same findings in the same order.
func (e *Evaluator) chain(ctx context.Context) {
	derived := 0
	for i := 0; i < len(e.matches); i++ {
		kind := e.matches[i].Signature.finding
		if kind == nil {
			continue
		}
		// A copy: delivering adds to the matches, which moves them.
		m := e.matches[i]
		made := kind.event(&m)
		to := e.onFindings.of(sdk.Source, made)
		if len(to.members) == 0 || len(to.members) == 1 && to.members[0] == kind.member {
			continue
		}
		if m.depth >= maxDepth {
			e.counters.tooDeep.Add(1)
			continue
		}
		if derived++; derived > maxDerived {
			e.counters.tooMany.Add(1)
			continue
		}
		events := m.Events
		if len(events) == 0 {
			events = []string{m.Event.ID()}
		}
		e.at = occasion{
			event: made, depth: m.depth + 1, cause: m.Signature.Metadata.ID + "@" + m.Version(),
			events: events, windowStart: m.WindowStart,
		}
		e.ready()
		for at, member := range to.members {
			switch {
			case member == kind.member:
			case to.gates != nil && !to.gates[at].Admits(made):
				e.counters.sifted.Add(1)
			default:
				e.run(ctx, &e.slots[member])
			}
		}
	}
}
