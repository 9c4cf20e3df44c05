package ledger

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// State is what a balance comes to.
type State string

// The states of a balance.
const (
	// Balanced means that all events are accounted for.
	Balanced State = "balanced"
	// InFlight means that the rest may still be on its way.
	InFlight State = "in_flight"
	// Unbalanced means that events are unaccounted for.
	Unbalanced State = "unbalanced"
)

// Balance is what became of the events of one node, over all stages.
type Balance struct {
	Node  string `json:"node"`
	State State  `json:"state"`
	// Stages has the account of each stage, added up over its partitions.
	Stages map[string]*Account `json:"stages"`
	// Hops are the ways between stages.
	Hops []Hop `json:"hops"`
	// Lost counts the events that are known to be lost anywhere, as
	// "stage/reason".
	Lost map[string]uint64 `json:"lost,omitempty"`
	// Problems says what does not add up.
	Problems []string `json:"problems,omitempty"`

	ends ends
}

func balanceOf(nodes map[string]*Balance, node string) *Balance {
	if nodes[node] == nil {
		nodes[node] = &Balance{Node: node, Stages: make(map[string]*Account)}
	}
	return nodes[node]
}

// Hop is the way from one stage to the next. Open is what was published and has
// neither been read nor is known to be missing; it is negative where more was
// read. Waiting says that messages wait for the next stage: it may be in them.
type Hop struct {
	From      string `json:"from"`
	To        string `json:"to"`
	Published uint64 `json:"published"`
	Read      uint64 `json:"read"`
	Missing   uint64 `json:"missing"`
	Earlier   uint64 `json:"earlier,omitempty"`
	Open      int64  `json:"open"`
	Waiting   bool   `json:"waiting,omitempty"`
}

// Work is what stages have not done, or not told.
type Work struct {
	// Waiting has the stages for which messages wait in their streams.
	Waiting map[string]bool
	// Untold says that a stage has handled messages since it told its accounts.
	Untold bool
}

// Moving reports whether what does not balance may be on its way.
func (w Work) Moving() bool { return w.Untold || len(w.Waiting) > 0 }

// StageCollector is the stage of reports that tell what a collector has written.
const StageCollector = "collector"

// The stages that keep accounts.
const (
	stageEnricher = "enricher"
	stageDetector = "detector"
	stageNotifier = "notifier"
)

// Add adds up the accounts of all partitions and says for each node whether they
// balance. While stages are at work, what does not balance may only be on its way.
func Add(reports []*Report, work Work) []*Balance {
	nodes := make(map[string]*Balance)
	for _, r := range reports {
		for _, a := range r.Accounts {
			b := balanceOf(nodes, a.Node)
			if b.Stages[r.Stage] == nil {
				b.Stages[r.Stage] = &Account{Node: a.Node}
			}
			b.Stages[r.Stage].Add(a)
		}
	}
	for node, ends := range endsOf(reports) {
		balanceOf(nodes, node).ends = ends
	}
	list := slices.SortedFunc(maps.Values(nodes), func(a, b *Balance) int { return cmp.Compare(a.Node, b.Node) })
	for _, b := range list {
		b.judge(work)
	}
	return list
}

func (b *Balance) judge(work Work) {
	of := func(stage string) *Account {
		if a := b.Stages[stage]; a != nil {
			return a
		}
		return &Account{}
	}
	enricher, detector, notifier := of(stageEnricher), of(stageDetector), of(stageNotifier)
	b.end(work)
	b.hop(stageEnricher, stageDetector, enricher.Published, detector, work)
	b.hop(stageDetector, stageNotifier, detector.Detections, notifier, work)
	for _, name := range slices.Sorted(maps.Keys(b.Stages)) {
		a := b.Stages[name]
		if n := a.Unexplained(); n != 0 {
			b.Problems = append(b.Problems, fmt.Sprintf("%s: nobody knows what became of %d of %d", name, n, a.Read))
		}
		for reason, n := range a.Dropped {
			add(&b.Lost, name+"/"+reason, n)
		}
		for reason, n := range a.Told {
			add(&b.Lost, reason, n)
		}
		add(&b.Lost, StageBus+"/missing before "+name, a.Missing)
	}
	b.State = Balanced
	if len(b.Problems) > 0 {
		b.State = Unbalanced
		if work.Moving() {
			b.State = InFlight
		}
	}
}

func (b *Balance) hop(from, to string, published uint64, reader *Account, work Work) {
	h := Hop{
		From: from, To: to, Published: published, Read: reader.Read, Missing: reader.Missing, Earlier: reader.Earlier,
		Open: int64(published - reader.Read - reader.Missing - reader.Earlier), Waiting: work.Waiting[to],
	}
	b.Hops = append(b.Hops, h)
	switch what := from + " to " + to; {
	case h.Open > 0 && h.Waiting:
		b.Problems = append(b.Problems, fmt.Sprintf("%s: %d of %d have not arrived; messages wait", what, h.Open, published))
	case h.Open > 0:
		b.Problems = append(b.Problems, fmt.Sprintf("%s: %d of %d have not arrived and no message waits: they are lost, "+
			"but the %s has not learnt of it", what, h.Open, published, to))
	case h.Open < 0:
		b.Problems = append(b.Problems, fmt.Sprintf("%s: %d more have arrived than were published", what, -h.Open))
	}
}
