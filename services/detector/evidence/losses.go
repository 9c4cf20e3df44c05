package evidence

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/finding"
	"github.com/weirsec/weir/services/detector/engine"
)

// maxLosses bounds what is remembered of one node. Where there is more, the
// evidence is incomplete anyhow and only the counts are too low.
const maxLosses = 256

// Losses remembers what is known to be missing on each node, for as long as it
// can matter to a finding.
type Losses struct {
	window int64
	// reach is how far before an event its finding may look, besides.
	reach int64
	nodes map[string][]finding.Loss
}

// New returns Losses that matter to events up to window before and after them.
func New(window time.Duration) *Losses {
	return &Losses{window: int64(window), nodes: make(map[string][]finding.Loss)}
}

// LookBack makes losses last as long as the signatures of a set look back.
func (l *Losses) LookBack(set *engine.Set) {
	l.reach = 0
	for _, s := range set.Signatures() {
		if c := s.Metadata.Correlation; c != nil {
			l.reach = max(l.reach, int64(c.Timespan))
		}
	}
}

// Remember takes the losses of a batch and forgets those that are too old. A
// batch that comes again adds nothing.
func (l *Losses) Remember(env *eventpb.Envelope) {
	known, any := l.nodes[env.Node]
	if !any && len(env.Losses) == 0 {
		return
	}
	for _, given := range env.Losses {
		// The texts are parts of a message that is not kept.
		lost := finding.Loss{
			Stage: strings.Clone(given.Stage), Reason: strings.Clone(given.Reason), Event: strings.Clone(given.Event),
			Count: given.Count, FirstTime: given.FirstTime, LastTime: given.LastTime,
		}
		if lost.LastTime == 0 {
			lost.FirstTime, lost.LastTime = env.MinTime, env.MaxTime
		}
		if !slices.Contains(known, lost) {
			known = append(known, lost)
		}
	}
	known = slices.DeleteFunc(known, func(f finding.Loss) bool { return f.LastTime < env.MinTime-2*l.window-l.reach })
	if extra := len(known) - maxLosses; extra > 0 {
		known = slices.Delete(known, 0, extra)
	}
	if len(known) == 0 {
		delete(l.nodes, env.Node)
		return
	}
	l.nodes[strings.Clone(env.Node)] = known
}

// Nodes returns how many nodes have losses that may still matter.
func (l *Losses) Nodes() int { return len(l.nodes) }

// Around returns what is missing on the event's node near its time, and since
// the window of its finding began, which is 0 where it has none. The counts of
// one kind are added up; nil means that nothing is missing.
func (l *Losses) Around(e *event.Event, windowStart int64) []finding.Loss {
	begin := e.Time
	if windowStart != 0 {
		begin = min(begin, windowStart)
	}
	var found []finding.Loss
	for _, lost := range l.nodes[e.Context.Node] {
		if lost.LastTime < begin-l.window || lost.FirstTime > e.Time+l.window {
			continue
		}
		i := slices.IndexFunc(found, func(f finding.Loss) bool {
			return f.Stage == lost.Stage && f.Reason == lost.Reason && f.Event == lost.Event
		})
		if i < 0 {
			found = append(found, lost)
			continue
		}
		found[i].Count += lost.Count
		found[i].FirstTime = min(found[i].FirstTime, lost.FirstTime)
		found[i].LastTime = max(found[i].LastTime, lost.LastTime)
	}
	slices.SortFunc(found, func(a, b finding.Loss) int {
		return cmp.Or(cmp.Compare(a.Stage, b.Stage), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Event, b.Event))
	})
	return found
}
