package ledger

import "fmt"

// ends is how far the runs of a node's collectors have come, those that are known:
// what was written, and how much of that was not read up to the last number.
type ends struct{ written, open uint64 }

// endsOf compares what collectors have written with what the enricher has read,
// run by run. What is missing before a message is known there; of what nothing
// follows only the collector knows.
func endsOf(reports []*Report) map[string]ends {
	type key struct {
		Origin
		run uint64
	}
	read, since := map[key]uint64{}, int64(0)
	for _, r := range reports {
		if r.Stage != stageEnricher {
			continue
		}
		since = max(since, r.Since)
		for _, run := range r.Runs {
			k := key{Origin{run.Node, run.Boot}, run.Run}
			read[k] = max(read[k], run.Events)
		}
	}
	nodes := map[string]ends{}
	for _, r := range reports {
		if r.Stage != StageCollector {
			continue
		}
		for _, run := range r.Runs {
			at, known := read[key{Origin{run.Node, run.Boot}, run.Run}]
			if !known && run.Began < since {
				continue // none of it was to be read, or nobody knows any more
			}
			e := nodes[run.Node]
			e.written += run.Events
			e.open += run.Events - min(run.Events, at)
			nodes[run.Node] = e
		}
	}
	return nodes
}

// end says what the stream gave up of the collectors' messages at their end. That
// is exact: where nothing waits and all is told, it is lost.
func (b *Balance) end(work Work) {
	e := b.ends
	if e.written == 0 {
		return
	}
	h := Hop{
		From: StageCollector, To: stageEnricher, Published: e.written, Read: e.written - e.open, Open: int64(e.open),
		Waiting: work.Waiting[stageEnricher],
	}
	switch {
	case e.open == 0:
	case h.Waiting || work.Untold:
		b.Problems = append(b.Problems, fmt.Sprintf("collector to enricher: the last %d of %d have not arrived", e.open, e.written))
	default:
		h.Missing, h.Open = e.open, 0
		h.Read = e.written - e.open
		add(&b.Lost, StageBus+"/missing at the end before "+stageEnricher, e.open)
	}
	b.Hops = append(b.Hops, h)
}
