package probe

import (
	"context"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/eventpb"
)

// idler tells when it is asked whether something waits.
type idler struct{ asked chan struct{} }

func (i *idler) Record([]byte)           {}
func (i *idler) Batch(*eventpb.RawBatch) {}
func (i *idler) Lost(*eventpb.Loss)      {}
func (i *idler) Idle() time.Duration {
	select {
	case i.asked <- struct{}{}:
	default:
	}
	return 0
}

// A probe that sleeps looks at its sink when it is woken, each time, and sleeps
// again.
func TestWake(t *testing.T) {
	p := open(t, Config{})
	if err := p.programs.Detach(); err != nil { // No record wakes it.
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	to := &idler{asked: make(chan struct{}, 1)}
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx, to) }()
	// What was recorded before keeps it busy for a moment.
	quiet := func() {
		for {
			select {
			case <-to.asked:
			case <-time.After(50 * time.Millisecond):
				return
			}
		}
	}
	quiet()
	for range 20 {
		begun := time.Now()
		p.Wake()
		select {
		case <-to.asked:
		case <-time.After(10 * time.Second):
			t.Fatal("not woken")
		}
		if waited := time.Since(begun); waited > pollEvery/2 {
			t.Errorf("woken after %s", waited)
		}
		quiet()
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
