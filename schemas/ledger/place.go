package ledger

import "github.com/weirsec/weir/schemas/eventpb"

// maxPast bounds the earlier runs that a place remembers.
const maxPast = 4

// Place is how far the messages of one origin in one partition have been read.
// The zero value has read nothing.
type Place struct {
	Run, Events uint64
	// past are the runs before, the last one first: a message of theirs may come
	// late.
	past []Place
}

// Gap is how many events come before a message that were not read.
type Gap struct {
	// Missing were to be read and are lost.
	Missing uint64
	// Earlier were written before the reader began to read, or before it lost its
	// memory: nobody can tell whether they were to be read here.
	Earlier uint64
}

// Read notes that a message was read and returns what is missing before it. A
// message that comes again is missing nothing.
//
// Of a run that is new all events before the message are missing, if the run
// began after since: the time, in Unix nanoseconds, from when on all runs were
// read from their beginning. Where a time is not known, being 0, they are, unless
// it is the first run of the origin that is read at all.
func (p *Place) Read(env *eventpb.Envelope, since int64) (gap Gap) {
	run, before, after := env.GetRun(), env.GetEventsBefore(), env.GetEventsBefore()+uint64(env.GetCount())
	if run == 0 {
		return gap
	}
	if run != p.Run {
		first := p.Run == 0
		if known := p.turn(run); !known {
			if toRead(env.GetRunTime(), since, first) {
				gap.Missing = before
			} else {
				gap.Earlier = before
			}
			p.Events = after
			return gap
		}
	}
	if before > p.Events {
		gap.Missing = before - p.Events
	}
	p.Events = max(p.Events, after)
	return gap
}

// toRead reports whether the beginning of a run was to be read.
func toRead(began, since int64, first bool) bool {
	if began == 0 || since == 0 {
		return !first
	}
	return began >= since
}

// turn turns to another run and reports whether it was read before.
func (p *Place) turn(run uint64) (known bool) {
	now := Place{Run: run}
	past := make([]Place, 0, maxPast+1)
	if p.Run != 0 {
		past = append(past, Place{Run: p.Run, Events: p.Events})
	}
	for _, was := range p.past {
		if was.Run == run {
			now.Events, known = was.Events, true
		} else if len(past) < maxPast {
			past = append(past, was)
		}
	}
	now.past = past
	*p = now
	return known
}
