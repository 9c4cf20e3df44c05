package collector

import (
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/eventpb"
)

// Waker is a Source that sleeps where it has nothing to read. Wake makes it
// call Idle of its sink soon; it may be called by any goroutine while Run runs.
type Waker interface{ Wake() }

// CgroupWatcher is a Source that wants to see the new cgroups of another one.
type CgroupWatcher interface {
	// CgroupMade is called with each record of cgroup_mkdir, which is only valid
	// until it returns, by the goroutine of the other source. It must not block.
	CgroupMade(rec []byte)
}

const (
	// besideItems is how much waits from the other sources.
	besideItems = 1024
	// besideEvery is after how many records of the main source those of the
	// others are looked at, where it does not come to rest.
	besideEvery = 256
)

// Beside returns a Source that runs others next to main, each in a goroutine of
// its own. What they have is handed over by main's goroutine, which owns the
// sink: when main is idle, or has handed over some hundred records. They wait
// for it; main never waits for them, and is woken if it is a Waker. Those
// that are a CgroupWatcher see main's new cgroups.
//
// It ends when main does: the others are stopped then, and what they still had
// is handed over. An error of one of them ends main.
func Beside(main Source, others ...Source) Source { return &beside{main: main, others: others} }

type beside struct {
	main   Source
	others []Source
}

func (b *beside) Run(ctx context.Context, to Sink) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	f := &feed{items: make(chan item, besideItems), wake: func() {}}
	if w, ok := b.main.(Waker); ok {
		f.wake = w.Wake
	}
	m := &mergedSink{Sink: to, feed: f}
	var running errgroup.Group
	ended := make(chan struct{})
	running.Go(func() error {
		defer close(ended)
		var each errgroup.Group
		for _, s := range b.others {
			each.Go(func() error {
				err := s.Run(ctx, f)
				if err != nil {
					stop()
				}
				return err
			})
		}
		return each.Wait()
	})
	for _, s := range b.others {
		if w, ok := s.(CgroupWatcher); ok {
			m.watchers = append(m.watchers, w)
		}
	}
	err := b.main.Run(ctx, m)
	stop()
	for {
		select {
		case i := <-f.items:
			i.hand(to)
		case <-ended:
			m.drain()
			return errors.Join(err, running.Wait())
		}
	}
}

// Wake passes on to main, so that what is beside can stand inside.
func (b *beside) Wake() {
	if w, ok := b.main.(Waker); ok {
		w.Wake()
	}
}

// mergedSink is main's sink.
type mergedSink struct {
	Sink
	feed     *feed
	watchers []CgroupWatcher
	since    int
}

func (m *mergedSink) Record(rec []byte) {
	m.Sink.Record(rec)
	if len(rec) > 7 && rec[6] == byte(catalogue.CgroupMkdir) && rec[7] == 0 {
		for _, w := range m.watchers {
			w.CgroupMade(rec)
		}
	}
	if m.since++; m.since >= besideEvery {
		m.drain()
	}
}

func (m *mergedSink) Batch(b *eventpb.RawBatch) {
	m.Sink.Batch(b)
	m.drain()
}

func (m *mergedSink) Idle() time.Duration {
	m.drain()
	return m.Sink.Idle()
}

// drain hands over what the others have by now.
func (m *mergedSink) drain() {
	m.since = 0
	for range len(m.feed.items) {
		i := <-m.feed.items
		i.hand(m.Sink)
	}
}

// item is a record, a batch or a loss on its way.
type item struct {
	rec   []byte
	batch *eventpb.RawBatch
	loss  *eventpb.Loss
}

func (i *item) hand(to Sink) {
	switch {
	case i.batch != nil:
		to.Batch(i.batch)
	case i.loss != nil:
		to.Lost(i.loss)
	default:
		to.Record(i.rec)
	}
}

// feed is the others' sink. Its methods wait for main's goroutine, which takes
// from it until all of them have ended.
type feed struct {
	items chan item
	wake  func()
}

func (f *feed) Record(rec []byte)         { f.put(item{rec: slices.Clone(rec)}) }
func (f *feed) Batch(b *eventpb.RawBatch) { f.put(item{batch: b}) }
func (f *feed) Lost(l *eventpb.Loss)      { f.put(item{loss: l}) }
func (f *feed) Idle() time.Duration       { return 0 }

func (f *feed) put(i item) {
	f.items <- i
	f.wake()
}
