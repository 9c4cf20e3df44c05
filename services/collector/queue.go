package collector

import (
	"context"
	"sync"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/eventpb"
)

// batch waits for the broker. counts are its events by type; nil for a batch
// that was made elsewhere.
type batch struct {
	raw    *eventpb.RawBatch
	counts *[catalogue.MaxType]uint32
}

// overhead is about what a batch takes beside its records.
const overhead = 4*int(catalogue.MaxType) + 512

// size is how many bytes of memory the batch takes.
func (b *batch) size() int { return len(b.raw.Records) + len(b.raw.Events) + overhead }

// events yields how many events of each type the batch holds.
func (b *batch) events(each func(name string, n uint32)) {
	if b.counts == nil {
		if n := b.raw.Envelope.Count; n > 0 {
			each("", n)
		}
		return
	}
	for t, n := range b.counts {
		if n > 0 {
			each(catalogue.Type(t).String(), n)
		}
	}
}

// queue holds batches between one producer and one consumer. Its bound is
// the producer's business: full and wait say how it stands.
type queue struct {
	mu     sync.Mutex
	items  []*batch
	bytes  int
	closed bool
	// spare are the buffers of batches that the broker has.
	spare [][]byte
	// whole is how large such a buffer is; smaller ones are not kept.
	whole int
	// changed is signalled whenever items or closed change; one waits on each.
	pushed, popped chan struct{}
}

// maxSpare is how many buffers are kept: one is filled while others travel.
const maxSpare = 8

func newQueue() *queue {
	return &queue{pushed: make(chan struct{}, 1), popped: make(chan struct{}, 1)}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (q *queue) push(b *batch) {
	q.mu.Lock()
	q.items = append(q.items, b)
	q.bytes += b.size()
	q.mu.Unlock()
	signal(q.pushed)
}

// size returns the bytes of batches that wait.
func (q *queue) size() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.bytes
}

// waitBelow blocks until less than limit bytes wait, or ctx ends.
func (q *queue) waitBelow(ctx context.Context, limit int) {
	for q.size() >= limit {
		select {
		case <-q.popped:
		case <-ctx.Done():
			return
		}
	}
}

// next returns the oldest batch without taking it away, waiting for one; nil
// once the queue is closed and empty, or ctx has ended.
func (q *queue) next(ctx context.Context) *batch {
	for {
		q.mu.Lock()
		if len(q.items) > 0 && ctx.Err() == nil {
			b := q.items[0]
			q.mu.Unlock()
			return b
		}
		done := q.closed || ctx.Err() != nil
		q.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-q.pushed:
		case <-ctx.Done():
		}
	}
}

// done takes away the batch that next returned.
func (q *queue) done() {
	q.mu.Lock()
	q.bytes -= q.items[0].size()
	if b := q.items[0]; b.counts != nil && len(q.spare) < maxSpare && cap(b.raw.Records) >= q.whole {
		q.spare = append(q.spare, b.raw.Records[:0])
	}
	q.items[0] = nil
	q.items = q.items[1:]
	q.mu.Unlock()
	signal(q.popped)
}

// buffer returns an empty buffer for a batch of about n bytes, and how many
// bytes wait.
func (q *queue) buffer(n int) (buf []byte, waiting int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.whole = n
	if last := len(q.spare) - 1; last >= 0 {
		buf, q.spare = q.spare[last], q.spare[:last]
		return buf, q.bytes
	}
	return make([]byte, 0, n), q.bytes
}

// spareOne takes back a buffer of buffer that no batch needs.
func (q *queue) spareOne(buf []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.spare) < maxSpare {
		q.spare = append(q.spare, buf[:0])
	}
}

// close says that nothing more will be pushed.
func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	signal(q.pushed)
}
