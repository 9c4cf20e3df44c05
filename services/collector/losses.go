package collector

import (
	"slices"
	"strings"
	"sync"

	"github.com/weirsec/weir/schemas/eventpb"
)

// losses gathers what is missing until a batch takes it along: one entry for
// each reason and event.
type losses struct {
	mu      sync.Mutex
	pending map[lossKey]*eventpb.Loss
}

type lossKey struct{ stage, reason, event string }

// add merges a loss into the pending ones.
func (l *losses) add(loss *eventpb.Loss) {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := lossKey{loss.Stage, loss.Reason, loss.Event}
	have := l.pending[key]
	if have == nil {
		if l.pending == nil {
			l.pending = map[lossKey]*eventpb.Loss{}
		}
		l.pending[key] = &eventpb.Loss{
			Stage: loss.Stage, Reason: loss.Reason, Event: loss.Event, Count: loss.Count,
			FirstTime: loss.FirstTime, LastTime: loss.LastTime,
		}
		return
	}
	have.Count += loss.Count
	have.FirstTime = min(have.FirstTime, loss.FirstTime)
	have.LastTime = max(have.LastTime, loss.LastTime)
}

// empty reports whether nothing is pending.
func (l *losses) empty() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.pending) == 0
}

// take returns what is pending, in a fixed order, and forgets it.
func (l *losses) take() []*eventpb.Loss {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []*eventpb.Loss
	for _, loss := range l.pending {
		list = append(list, loss)
	}
	l.pending = nil
	slices.SortFunc(list, func(a, b *eventpb.Loss) int {
		return strings.Compare(a.Reason+"\x00"+a.Event, b.Reason+"\x00"+b.Event)
	})
	return list
}
