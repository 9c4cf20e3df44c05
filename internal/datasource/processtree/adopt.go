package processtree

import (
	"weak"

	"github.com/weirsec/weir/schemas/event"
)

// Adopt learns what the lineage of an event at a time (Unix nanoseconds) says of
// a process and its ancestors, where nothing better is known. It is for who sees
// only some of a node's events, with the lineages that another Tree has made; it
// costs next to nothing where the same lineage comes again.
func (t *Tree) Adopt(p *event.Process, at int64) {
	for n := 0; p != nil && p.EntityID != 0 && n <= event.MaxLineage; n++ {
		it := t.node(p.EntityID)
		if it.Value.lineage.Value() == p {
			return // with all of its ancestors
		}
		it.Value.lineage = weak.Make(p)
		t.adopt(it, p, at)
		if p.StartTime != 0 {
			at = p.StartTime // its ancestors are told of as they were then
		}
		p = p.Parent
	}
}

func (t *Tree) adopt(it *node, from *event.Process, at int64) {
	p := &it.Value
	if t.facts(p, adopted, at) {
		p.pid, p.nsPID, p.start = from.PID, from.NSPID, from.StartTime
		if from.Parent != nil {
			p.ppid = from.Parent.PID
			t.children.join(it, from.Parent.EntityID)
		}
	}
	if from.ExecTime != 0 {
		if im := p.at(from.ExecTime); im.executed && im.time == from.ExecTime {
			return
		}
	} else if p.source == forked || p.found != nil || from.Executable == "" {
		return
	}
	im, size, cut := newImage(from.Name, from.Executable, from.Args)
	im.uid, im.told, im.hearsay = from.UID, true, true
	if from.ExecTime == 0 {
		im.time = at
		t.find(it, im, size, cut)
		return
	}
	im.time, im.executed = from.ExecTime, true
	if p.asked >= im.time {
		t.epoch++
	}
	t.insert(it, im, size, cut)
}
