package destination

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/finding"
)

// endpoint is a Destination that answers as its function says.
type endpoint struct {
	answer  func(call int) error
	calls   int
	arrived []string
}

func (*endpoint) Name() string { return "test" }

func (e *endpoint) Deliver(ctx context.Context, f Finding) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	e.calls++
	if err := e.answer(e.calls); err != nil {
		return err
	}
	e.arrived = append(e.arrived, f.Detection.ID)
	return nil
}

func numbered(i int) Finding { return Finding{Detection: finding.Detection{ID: strconv.Itoa(i)}} }

// put gives findings to a queue of the endpoint and waits for their end.
func put(t *testing.T, cfg QueueConfig, to *endpoint, n int) *Queue {
	t.Helper()
	if cfg.Backoff == 0 {
		cfg.Backoff = time.Microsecond
	}
	q := NewQueue(t.Context(), cfg, to)
	defer q.Close()
	for i := range n {
		if err := q.Put(t.Context(), numbered(i)); err != nil {
			t.Fatal(err)
		}
	}
	q.Drain(t.Context())
	return q
}

func TestQueue(t *testing.T) {
	down := errors.New("down")
	refused := errors.Join(ErrRefused, errors.New("no"))
	for _, c := range []struct {
		name    string
		answer  func(call int) error
		arrived []string
		calls   int
	}{
		{"well", func(int) error { return nil }, []string{"0", "1", "2"}, 3},
		{"at the third attempt", func(call int) error {
			if call < 3 {
				return down
			}
			return nil
		}, []string{"0", "1", "2"}, 5},
		{"one refused", func(call int) error {
			if call == 2 {
				return refused
			}
			return nil
		}, []string{"0", "2"}, 3},
		// All attempts for the first, one for each of the others.
		{"down", func(int) error { return down }, nil, 4 + 1 + 1},
		{"down and up again", func(call int) error {
			if call <= 5 {
				return down
			}
			return nil
		}, []string{"2"}, 4 + 1 + 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			to := &endpoint{answer: c.answer}
			var failed []string
			q := put(t, QueueConfig{Attempts: 4, OnFailure: func(f Finding, err error) {
				if err == nil {
					t.Error("a failure without an error")
				}
				failed = append(failed, f.Detection.ID)
			}}, to, 3)
			if !slices.Equal(to.arrived, c.arrived) || to.calls != c.calls {
				t.Errorf("arrived %v in %d calls, want %v in %d", to.arrived, to.calls, c.arrived, c.calls)
			}
			if q.Delivered() != len(c.arrived) || q.Failed() != 3-len(c.arrived) || len(failed) != q.Failed() {
				t.Errorf("%d delivered, %d failed, told of %v", q.Delivered(), q.Failed(), failed)
			}
		})
	}
}

// A full queue makes whoever finds wait, and drops nothing.
func TestQueueHoldsBack(t *testing.T) {
	var open atomic.Bool
	gate := make(chan struct{})
	to := &endpoint{answer: func(int) error {
		if !open.Load() {
			<-gate
		}
		return nil
	}}
	q := NewQueue(t.Context(), QueueConfig{Size: 2}, to)
	defer q.Close()
	// One in delivery, two waiting.
	for i := range 3 {
		if err := q.Put(t.Context(), numbered(i)); err != nil {
			t.Fatal(err)
		}
	}
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	for i := 3; i < 5; i++ {
		if err := q.Put(short, numbered(i)); err == nil && i == 4 {
			t.Error("a full queue took one more")
		}
	}
	open.Store(true)
	close(gate)
	q.Drain(t.Context())
	if q.Delivered()+q.Failed() != 5 || q.Delivered() < 3 {
		t.Errorf("%d delivered, %d failed of 5", q.Delivered(), q.Failed())
	}
}

// Whoever stops waiting is told what is left.
func TestQueueGivesUp(t *testing.T) {
	to := &endpoint{answer: func(int) error { return errors.New("down") }}
	q := NewQueue(t.Context(), QueueConfig{Backoff: time.Hour}, to)
	for i := range 3 {
		if err := q.Put(t.Context(), numbered(i)); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	q.Drain(ctx)
	if q.Failed() != 3 || q.Delivered() != 0 {
		t.Errorf("%d failed, %d delivered", q.Failed(), q.Delivered())
	}
	q.Close()
}

func TestPause(t *testing.T) {
	q := &Queue{}
	for _, c := range []struct {
		backoff  time.Duration
		err      error
		min, max time.Duration
	}{
		{time.Second, errors.New("x"), time.Second, 1250 * time.Millisecond},
		{time.Second, &RetryError{After: 3 * time.Second, Err: errors.New("x")}, 3 * time.Second, 3 * time.Second},
		{time.Second, &RetryError{After: time.Hour, Err: errors.New("x")}, maxPause, maxPause},
		{time.Hour, errors.New("x"), maxPause, maxPause},
	} {
		if got := q.pause(c.backoff, c.err); got < c.min || got > c.max {
			t.Errorf("%v, %v: %v", c.backoff, c.err, got)
		}
	}
}
