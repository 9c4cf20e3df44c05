package collector

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/record"
)

// sourceFunc is a function as a source.
type sourceFunc func(ctx context.Context, to Sink) error

func (f sourceFunc) Run(ctx context.Context, to Sink) error { return f(ctx, to) }

// owned is a sink that only one goroutine may use: the race detector and busy
// watch over that.
type owned struct {
	busy    atomic.Bool
	records [][]byte
	batches []*eventpb.RawBatch
	losses  []*eventpb.Loss
	idle    int
}

func (o *owned) enter() func() {
	if !o.busy.CompareAndSwap(false, true) {
		panic("two goroutines use the sink")
	}
	return func() { o.busy.Store(false) }
}

func (o *owned) Record(rec []byte) {
	defer o.enter()()
	o.records = append(o.records, slices.Clone(rec))
}

func (o *owned) Batch(b *eventpb.RawBatch) {
	defer o.enter()()
	o.batches = append(o.batches, b)
}

func (o *owned) Lost(l *eventpb.Loss) {
	defer o.enter()()
	o.losses = append(o.losses, l)
}

func (o *owned) Idle() time.Duration {
	defer o.enter()()
	o.idle++
	return 0
}

// of returns the cgroup ids of the records of one type, in order.
func (o *owned) of(t *testing.T, typ catalogue.Type) (ids []uint64) {
	t.Helper()
	for _, rec := range o.records {
		got, at, err := record.Peek(rec)
		if err != nil {
			t.Fatal(err)
		}
		if got == typ {
			ids = append(ids, at)
		}
	}
	return ids
}

// numbered is a record of a type with a number for its time.
func numbered(typ catalogue.Type, n uint64) []byte {
	var b record.Builder
	return b.Begin(record.Header{Type: typ, Time: n, Sysno: -1}).End()
}

func count(n uint64) (list []uint64) {
	for i := range n {
		list = append(list, i)
	}
	return list
}

// Everything that any of them has arrives once and in its order, though main
// never comes to rest.
func TestBeside(t *testing.T) {
	const n = 20000
	side := func(typ catalogue.Type) Source {
		return sourceFunc(func(_ context.Context, to Sink) error {
			rec := numbered(typ, 0)
			for i := range uint64(n) {
				copy(rec, numbered(typ, i)) // The sink takes a copy.
				to.Record(rec)
			}
			to.Lost(&eventpb.Loss{Reason: "r"})
			to.Batch(&eventpb.RawBatch{})
			if to.Idle() != 0 {
				return errors.New("it need not wait")
			}
			return nil
		})
	}
	var ended sync.WaitGroup
	ended.Add(2)
	done := func(s Source) Source {
		return sourceFunc(func(ctx context.Context, to Sink) error {
			defer ended.Done()
			return s.Run(ctx, to)
		})
	}
	main := sourceFunc(func(_ context.Context, to Sink) error {
		finished := make(chan struct{})
		go func() {
			ended.Wait()
			close(finished)
		}()
		for i := uint64(0); ; i++ {
			to.Record(numbered(catalogue.Open, i))
			select {
			case <-finished:
				return nil
			default:
			}
		}
	})
	o := &owned{}
	err := Beside(main, done(side(catalogue.ContainerCreate)), done(side(catalogue.ContainerRemove))).Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range []catalogue.Type{catalogue.ContainerCreate, catalogue.ContainerRemove} {
		if got := o.of(t, typ); !slices.Equal(got, count(n)) {
			t.Errorf("%s: %d records, or in another order", typ, len(got))
		}
	}
	if got := o.of(t, catalogue.Open); !slices.Equal(got, count(uint64(len(got)))) {
		t.Error("main's records are in another order")
	}
	if len(o.losses) != 2 || len(o.batches) != 2 {
		t.Errorf("%d losses, %d batches", len(o.losses), len(o.batches))
	}
}

// sleeper is a main source that has nothing and sleeps until it is woken.
type sleeper struct{ woken chan struct{} }

func (s *sleeper) Wake() {
	select {
	case s.woken <- struct{}{}:
	default:
	}
}

func (s *sleeper) Run(ctx context.Context, to Sink) error {
	for ctx.Err() == nil {
		to.Idle()
		select {
		case <-s.woken:
		case <-ctx.Done():
		}
	}
	return nil
}

// A main source that sleeps is woken, also inside of others.
func TestBesideWakes(t *testing.T) {
	o := &owned{}
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	const n = 3 * besideItems
	side := sourceFunc(func(ctx context.Context, to Sink) error {
		for i := range uint64(n) {
			to.Record(numbered(catalogue.ContainerCreate, i))
		}
		stop()
		return nil
	})
	inner := Beside(Chain(&sleeper{woken: make(chan struct{}, 1)}))
	if err := Beside(inner, side).Run(ctx, o); err != nil {
		t.Fatal(err)
	}
	if got := len(o.records); got != n || errors.Is(ctx.Err(), context.DeadlineExceeded) {
		t.Errorf("%d of %d records, %v", got, n, ctx.Err())
	}
}

// When main ends the others are stopped, and what they had is handed over.
func TestBesideEnds(t *testing.T) {
	o := &owned{}
	main := sourceFunc(func(context.Context, Sink) error { return errors.New("main broke") })
	side := sourceFunc(func(ctx context.Context, to Sink) error {
		<-ctx.Done()
		for i := range uint64(2 * besideItems) {
			to.Record(numbered(catalogue.ContainerCreate, i))
		}
		return errors.New("side broke")
	})
	err := Beside(main, side).Run(t.Context(), o)
	if err == nil || err.Error() != "main broke\nside broke" {
		t.Errorf("error %v", err)
	}
	if len(o.records) != 2*besideItems {
		t.Errorf("%d records", len(o.records))
	}
}

// An error of one that is beside ends main.
func TestBesideFails(t *testing.T) {
	broke := errors.New("side broke")
	side := sourceFunc(func(context.Context, Sink) error { return broke })
	err := Beside(&sleeper{woken: make(chan struct{}, 1)}, side).Run(t.Context(), &owned{})
	if !errors.Is(err, broke) {
		t.Errorf("error %v", err)
	}
}

// observer sees the cgroups that main makes.
type observer struct {
	sourceFunc
	seen []uint64
}

func (o *observer) CgroupMade(rec []byte) {
	_, at, err := record.Peek(rec)
	if err != nil {
		panic(err)
	}
	o.seen = append(o.seen, at)
}

func TestBesideShowsCgroups(t *testing.T) {
	o := &owned{}
	watcher := &observer{sourceFunc: func(ctx context.Context, _ Sink) error {
		<-ctx.Done()
		return nil
	}}
	main := sourceFunc(func(_ context.Context, to Sink) error {
		for i, typ := range []catalogue.Type{
			catalogue.SchedProcessExec, catalogue.CgroupMkdir, catalogue.CgroupRmdir, catalogue.ExistingCgroup, catalogue.CgroupMkdir,
		} {
			to.Record(numbered(typ, uint64(i)))
		}
		to.Record([]byte{1, 2, 3})
		to.Batch(&eventpb.RawBatch{})
		return nil
	})
	if err := Beside(main, watcher).Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(watcher.seen, []uint64{1, 4}) || len(o.records) != 6 || len(o.batches) != 1 {
		t.Errorf("seen %v, %d records", watcher.seen, len(o.records))
	}
}

// What a record costs more because others are beside.
func BenchmarkBesideRecord(b *testing.B) {
	rec := numbered(catalogue.Open, 1)
	idle := sourceFunc(func(ctx context.Context, _ Sink) error {
		<-ctx.Done()
		return nil
	})
	for name, wrap := range map[string]func(Source) Source{
		"alone":  func(s Source) Source { return s },
		"beside": func(s Source) Source { return Beside(s, idle) },
	} {
		b.Run(name, func(b *testing.B) {
			main := sourceFunc(func(_ context.Context, to Sink) error {
				for b.Loop() {
					to.Record(rec)
				}
				return nil
			})
			if err := wrap(main).Run(b.Context(), nowhere{}); err != nil {
				b.Fatal(err)
			}
		})
	}
}

type nowhere struct{}

func (nowhere) Record([]byte)           {}
func (nowhere) Batch(*eventpb.RawBatch) {}
func (nowhere) Lost(*eventpb.Loss)      {}
func (nowhere) Idle() time.Duration     { return 0 }
