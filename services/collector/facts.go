package collector

import (
	"fmt"
	"slices"

	"github.com/weirsec/weir/schemas/eventpb"
)

// damaged is the reason of what was on disk and could not be read any more.
const damaged = "spool_damaged"

// factsOf returns what is to be known of a batch in the spool even where its
// data is damaged: its envelope, whose losses are what would be lost then. Those
// of the batch's own events have no reason yet.
func factsOf(b *batch) *eventpb.Envelope {
	env := b.raw.Envelope
	facts := &eventpb.Envelope{
		Node: env.Node, BootId: env.BootId, FirstSeq: env.FirstSeq, Count: env.Count,
		MinTime: env.MinTime, MaxTime: env.MaxTime, Schema: env.Schema,
		Run: env.Run, RunTime: env.RunTime, EventsBefore: env.EventsBefore,
		Losses: slices.Clip(env.Losses),
	}
	b.events(func(name string, n uint32) {
		if n == 0 {
			return // a batch that says that there was nothing
		}
		facts.Losses = append(facts.Losses, &eventpb.Loss{
			Stage: stageName, Event: name, Count: uint64(n), FirstTime: env.MinTime, LastTime: env.MaxTime,
		})
	})
	return facts
}

// readFacts is the reverse of marshalling what factsOf returned. Its texts are
// parts of b.
func readFacts(b []byte) (*eventpb.Envelope, error) {
	env := new(eventpb.Envelope)
	if err := env.UnmarshalVTUnsafe(b); err != nil {
		return nil, fmt.Errorf("collector: facts of a batch in the spool: %w", err)
	}
	return env, nil
}

// eventsOf yields how many events of each type a batch with these facts holds.
func eventsOf(facts *eventpb.Envelope, each func(name string, n uint32)) {
	for _, l := range facts.Losses {
		if l.Reason == "" {
			each(l.Event, uint32(l.Count))
		}
	}
}
