package collector

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/ledger"
	"github.com/weirsec/weir/schemas/record"
)

// batcher is the Sink: it puts records together and queues what is due.
type batcher struct {
	cfg      Config
	instance string
	bootTime int64
	queue    *queue
	losses   *losses
	metrics  *metrics
	spill    *spill
	// stop ends when waiting for the broker is no longer allowed.
	stop context.Context

	// The batch at hand; buf is nil where there is none.
	seq          uint64
	buf          []byte
	counts       *[catalogue.MaxType]uint32
	count        int
	begun        time.Time
	early, later int64
	// waits is since when its first record waits: since it was made, where that
	// was just now.
	waits time.Time
	// full remembers how the queue stood when the batch at hand was begun, so
	// that the lock is taken once for a batch.
	full bool
	// behind says that batches waited when the one at hand was begun.
	behind bool
	// told is when losses were last handed over.
	told  time.Time
	clock clockWatch
	// beats tells when to say that there is nothing.
	beats heartbeat
	// numbers are those of the messages, tallied is when counts were last told.
	numbers ledger.Numbers
	tallied time.Time
}

// lossPause is how often losses make batches of their own while the broker is
// away: these must not fill what is left of memory and disk.
const lossPause = time.Second

// Record appends one record, or sheds it where the queue is full and its class
// allows that.
func (b *batcher) Record(rec []byte) {
	typ, at, err := record.Peek(rec)
	if err != nil {
		b.lose("corrupt", "", 1, time.Now().UnixNano())
		return
	}
	if b.buf == nil {
		b.begin()
		b.waits = b.since(b.bootTime + int64(at))
	}
	if b.full && !b.admit(typ, at) {
		return
	}
	b.buf = append(b.buf, rec...)
	b.counts[int(typ)%len(b.counts)]++
	b.count++
	when := b.bootTime + int64(at)
	b.early, b.later = min(b.early, when), max(b.later, when)
	if b.count >= b.cfg.BatchEvents || len(b.buf) >= b.cfg.BatchBytes {
		b.flush()
	}
}

// admit decides on one record while the queue or the disk is filling: the less
// an event matters, the earlier it goes. Critical ones wait for room.
func (b *batcher) admit(typ catalogue.Type, at uint64) bool {
	waiting := b.queue.size()
	if waiting < b.filling() && !b.spill.filling() {
		b.full = false
		return true
	}
	if typ.Priority() {
		b.queue.waitBelow(b.stop, b.cfg.QueueBytes+b.cfg.QueueBytes/4+2*b.cfg.BatchBytes)
		return true
	}
	class := catalogue.Low
	if e := typ.Event(); e != nil {
		class = e.Class
	}
	switch {
	case waiting >= b.room(class):
		b.lose(b.spill.reason(), typ.String(), 1, b.bootTime+int64(at))
	case !b.spill.room(class):
		b.lose(spoolFull, typ.String(), 1, b.bootTime+int64(at))
	default:
		return true
	}
	return false
}

// filling is how many bytes may wait before the least events are shed.
func (b *batcher) filling() int { return b.cfg.QueueBytes - b.cfg.QueueBytes/4 }

// room is how many bytes may wait before an event of a class is shed.
func (b *batcher) room(class catalogue.Class) int {
	switch class {
	case catalogue.Low:
		return b.filling()
	case catalogue.High:
		return b.cfg.QueueBytes + b.cfg.QueueBytes/8
	default:
		return b.cfg.QueueBytes
	}
}

func (b *batcher) begin() {
	var waiting int
	b.buf, waiting = b.queue.buffer(b.cfg.BatchBytes + b.cfg.BatchBytes/8)
	b.counts = new([catalogue.MaxType]uint32)
	b.count = 0
	b.begun = time.Now()
	b.clock.look(b.begun)
	b.waits = b.begun
	b.early, b.later = 1<<63-1, 0
	b.full = waiting >= b.filling() || b.spill.filling()
	b.behind = waiting > 0
}

// since is since when a record of a time waits whose batch was begun just now. The
// source may look only now and then; what comes from a recording does not wait.
func (b *batcher) since(made int64) time.Time {
	age := time.Duration(b.begun.UnixNano() - made)
	if age <= 0 || age > 2*b.cfg.BatchAge {
		return b.begun
	}
	return b.begun.Add(-age)
}

// Batch passes on a batch of another node or time. What it says was lost on the
// way here, which has no stage yet, is this stage's loss.
func (b *batcher) Batch(raw *eventpb.RawBatch) {
	b.flush()
	b.queue.waitBelow(b.stop, b.cfg.QueueBytes)
	env := raw.Envelope
	for _, l := range env.Losses {
		if l.Stage == "" {
			l.Stage = stageName
			b.metrics.lost(l.Reason, l.Event, l.Count)
		}
	}
	now := time.Now().UnixNano()
	env.Stamps = []*eventpb.Stamp{{Stage: stageName, Instance: b.instance, In: now}}
	b.queue.push(&batch{raw: raw})
}

// Lost notes a loss for the next batch.
func (b *batcher) Lost(l *eventpb.Loss) {
	l.Stage = stageName
	b.losses.add(l)
	b.metrics.lost(l.Reason, l.Event, l.Count)
}

func (b *batcher) lose(reason, event string, n uint64, at int64) {
	b.Lost(&eventpb.Loss{Reason: reason, Event: event, Count: n, FirstTime: at, LastTime: at})
}

// Idle sends the batch at hand where it is old enough, and pending losses where
// there is no batch to take them along. Where there has been nothing for a while
// it says that.
func (b *batcher) Idle() time.Duration {
	if b.buf == nil {
		if b.losses.empty() {
			b.pause()
			return 0
		}
		if wait := lossPause - time.Since(b.told); wait > 0 && (b.full || b.queue.size() > 0) {
			return wait
		}
		b.begin()
	}
	// A source that looks again after a quarter of that would be woken for little.
	if left := b.cfg.BatchAge - time.Since(b.waits); left > b.cfg.BatchAge/4 {
		return left
	}
	b.flush()
	return 0
}

// flush queues the batch at hand with the losses known by now.
func (b *batcher) flush() {
	if b.count == 0 {
		b.buf = nil
		if !b.losses.empty() {
			b.queue.push(&batch{raw: b.lossesOnly(), counts: new([catalogue.MaxType]uint32)})
		}
		return
	}
	if b.behind && len(b.buf) < cap(b.buf)/2 {
		// It may wait long: in no more memory than it needs.
		buf := bytes.Clone(b.buf)
		b.queue.spareOne(b.buf)
		b.buf = buf
	}
	env := b.envelope(uint32(b.count), b.early, b.later, b.begun)
	env.Losses = b.losses.take()
	if len(env.Losses) > 0 {
		b.told = time.Now()
	}
	b.beats.events(time.Now(), b.later)
	b.seq += uint64(b.count)
	b.queue.push(&batch{raw: &eventpb.RawBatch{Envelope: env, Records: b.buf}, counts: b.counts})
	b.buf, b.count = nil, 0
}

// lossesOnly makes a batch without events of the losses known by now.
func (b *batcher) lossesOnly() *eventpb.RawBatch {
	b.told = time.Now()
	env := b.envelope(0, b.told.UnixNano(), b.told.UnixNano(), b.told)
	env.Losses = b.losses.take()
	b.seq++
	return &eventpb.RawBatch{Envelope: env}
}

func (b *batcher) envelope(count uint32, early, later int64, begun time.Time) *eventpb.Envelope {
	env := &eventpb.Envelope{
		Node: b.cfg.Node, BootId: b.cfg.BootID, FirstSeq: b.seq, Count: count,
		MinTime: early, MaxTime: later, Schema: record.Schema, BootTime: b.bootTime,
		Stamps: []*eventpb.Stamp{{Stage: stageName, Instance: b.instance, In: begun.UnixNano()}},
	}
	// A collector never begins at a number that was used on this boot.
	b.numbers.Number(env, b.seq, b.bootTime+int64(b.seq))
	if b.cfg.Tallies != nil && time.Since(b.tallied) >= tallyPause {
		b.tallied = time.Now()
		counts := b.cfg.Tallies()
		for _, state := range slices.Sorted(maps.Keys(counts)) {
			env.Tallies = append(env.Tallies, &eventpb.Tally{State: state, Count: counts[state]})
		}
	}
	return env
}

// tallyPause is how often what the source has counted is told.
const tallyPause = time.Second
