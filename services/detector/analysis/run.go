package analysis

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/evidence"
	"github.com/weirsec/weir/services/detector/recording"
)

// task is a piece on its way. Whoever has decoded it closes done.
type task struct {
	piece   recording.Piece
	weight  int64
	decoded recording.Decoded
	outcome Outcome
	err     error
	done    chan struct{}
}

// run is one analysis.
type run struct {
	cfg  Config
	set  *engine.Set
	room *semaphore.Weighted
	// work is for any worker, order for the one who delivers.
	work, order chan *task
	losses      *evidence.Losses
	readErr     error

	mu       sync.Mutex
	closeErr error
}

// evidenceWindow is how far before and after an event's time losses on its node
// make the evidence of its findings incomplete, as in the detector.
const evidenceWindow = 10 * time.Second

// Run evaluates a recording and calls deliver with what came of each of its
// pieces, in their order, from the goroutine that called Run. It ends with the
// input, or with the first error: of the reader (after all that was read before
// has been delivered), of deliver, or of ctx. It returns when nothing of it works
// any more: a reader that waits for input must give up when ctx ends.
func Run(
	ctx context.Context, cfg Config, set *engine.Set, from recording.Reader, deliver func(context.Context, *Outcome) error,
) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	cfg = cfg.withDefaults()
	r := &run{
		cfg: cfg, set: set, room: semaphore.NewWeighted(cfg.MaxBytes),
		work: make(chan *task), order: make(chan *task, piecesPerWorker*cfg.Workers),
		losses: evidence.New(evidenceWindow),
	}
	r.losses.LookBack(set)
	inner, stop := context.WithCancel(ctx)
	var others sync.WaitGroup
	others.Go(func() { r.read(inner, from) })
	for range cfg.Workers {
		others.Go(func() { r.worker(inner) })
	}
	err := r.collect(ctx, deliver)
	stop()
	others.Wait()
	if err == nil {
		err = r.readErr
	}
	return errors.Join(err, r.closeErr)
}

// close lets signatures let go of what they hold.
func (r *run) close(x *examiner) {
	err := x.evaluator.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closeErr = errors.Join(r.closeErr, err)
}

// piecesPerWorker is how many pieces are read ahead, so that a large one keeps
// nobody waiting.
const piecesPerWorker = 4

// worker decodes pieces, and evaluates them where that needs no order.
func (r *run) worker(ctx context.Context) {
	var d recording.Decoder
	var x *examiner
	if !r.cfg.Ordered {
		x = newExaminer(&r.cfg, r.set)
		defer r.close(x)
	}
	for t := range r.work {
		t.decoded = t.piece.Decode(&d)
		t.outcome = Outcome{
			Bytes: t.piece.Size(), Count: len(t.decoded.Events), Unit: t.decoded.Unit, Invalid: t.decoded.Invalid,
		}
		if x != nil {
			t.err = x.examine(ctx, &t.decoded, &t.outcome)
		}
		close(t.done)
	}
}

// collect takes the pieces in their order.
func (r *run) collect(ctx context.Context, deliver func(context.Context, *Outcome) error) error {
	var x *examiner
	if r.cfg.Ordered {
		x = newExaminer(&r.cfg, r.set)
		defer r.close(x)
	}
	for t := range r.order {
		select {
		case <-t.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		if x != nil {
			t.err = x.examine(ctx, &t.decoded, &t.outcome)
		}
		if t.err != nil {
			return t.err
		}
		if err := r.hand(ctx, t, deliver); err != nil {
			return err
		}
	}
	if x == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	last := Outcome{Unit: "event"}
	if err := x.end(ctx, &last); err != nil || len(last.Findings)+len(last.Faults) == 0 {
		return err
	}
	return deliver(ctx, &last)
}

// hand delivers what came of a piece.
func (r *run) hand(ctx context.Context, t *task, deliver func(context.Context, *Outcome) error) error {
	for _, env := range t.decoded.Envelopes {
		r.losses.Remember(env)
		for _, l := range env.Losses {
			t.outcome.Lost += l.Count
		}
	}
	if r.losses.Nodes() > 0 {
		r.complete(&t.outcome)
	}
	if r.cfg.Keep {
		t.outcome.Events = t.decoded.Events
	}
	err := deliver(ctx, &t.outcome)
	r.room.Release(t.weight)
	return err
}

// read hands out pieces until the input ends.
func (r *run) read(ctx context.Context, from recording.Reader) {
	defer close(r.work)
	defer close(r.order)
	for {
		piece, err := from.Next()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				r.readErr = err
			}
			return
		}
		t := &task{piece: piece, weight: min(int64(piece.Size()), r.cfg.MaxBytes), done: make(chan struct{})}
		if r.room.Acquire(ctx, t.weight) != nil || !send(ctx, r.order, t) || !send(ctx, r.work, t) {
			return
		}
	}
}

func send(ctx context.Context, to chan<- *task, t *task) bool {
	select {
	case to <- t:
		return true
	case <-ctx.Done():
		return false
	}
}
