package collector

import (
	"time"

	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/record"
)

const (
	// lastBeat is how long a node is silent until everybody who waits for more has
	// learnt that there is none.
	lastBeat = 2 * record.MaxHold
	// slowBeat is how often it says so then: the broker may have given up its last
	// events, and what said how many they were.
	slowBeat = 10 * time.Minute
)

// heartbeat says when a node that has fallen silent says so: a moment after its
// last events, and then after twice as long each time, and rarely at last.
type heartbeat struct {
	first time.Duration
	// due is when the next one is; zero where none is due.
	due  time.Time
	wait time.Duration
	// told is the latest event time so far, in Unix nanoseconds.
	told int64
}

// events notes that events were sent, the latest of that time.
func (h *heartbeat) events(now time.Time, latest int64) {
	h.wait, h.told = h.first, max(h.told, latest)
	h.due = now.Add(h.wait)
}

// beat reports whether it is time to say that there was nothing.
func (h *heartbeat) beat(now time.Time) bool {
	if h.due.IsZero() || now.Before(h.due) {
		return false
	}
	if h.wait *= 2; h.wait > lastBeat {
		h.wait = slowBeat
	}
	h.due = now.Add(h.wait)
	return true
}

// silence queues a batch without events: nothing is to be told of the time
// before upTo, in Unix nanoseconds, that has not been told.
func (b *batcher) silence(upTo int64) {
	now := time.Now().UnixNano()
	own := &eventpb.Envelope{Node: b.cfg.Node, BootId: b.cfg.BootID, BootTime: b.bootTime, MaxTime: b.beats.told}
	raw := record.Silence(own, b.seq, upTo)
	// If the last events are lost, nobody else will tell.
	b.numbers.Number(raw.Envelope, b.seq, b.bootTime+int64(b.seq))
	raw.Envelope.Stamps = []*eventpb.Stamp{{Stage: stageName, Instance: b.instance, In: now}}
	b.seq++ // The next one must have another name.
	b.queue.push(&batch{raw: raw})
}

// pause queues a batch without events where it is time to.
func (b *batcher) pause() {
	if !b.beats.beat(time.Now()) {
		return
	}
	if since, err := sinceBoot(); err == nil {
		b.silence(b.bootTime + since)
	}
}

// end sends the last batch, and says that there will be none.
func (b *batcher) end() {
	b.flush()
	if b.beats.told != 0 {
		b.silence(b.beats.told + int64(record.MaxHold))
	}
}
