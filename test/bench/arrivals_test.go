package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/weirsec/weir/internal/bus"
)

// arrival is a finding as a subscriber sees it.
type arrival struct {
	// path is the file that the signature reported.
	path string
	// happened is the kernel's time of the event, stored the broker's of the
	// finding.
	happened, stored time.Time
}

// arrivals subscribes to all findings.
type arrivals struct {
	list   chan arrival
	group  errgroup.Group
	cancel context.CancelFunc
}

func (l *line) subscribe(t testing.TB) *arrivals {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	a := &arrivals{list: make(chan arrival, 4096), cancel: cancel}
	a.group.Go(func() error {
		return l.conn.Tail(ctx, bus.TailConfig{Stream: bus.StreamFindings}, func(ctx context.Context, m bus.Received) error {
			found, err := newArrival(m)
			if err != nil {
				return err
			}
			select {
			case a.list <- found:
			case <-ctx.Done():
			}
			return nil
		})
	})
	return a
}

func newArrival(m bus.Received) (arrival, error) {
	var e struct {
		Time time.Time `json:"time"`
		Data struct {
			Data struct {
				Path string `json:"path"`
			} `json:"data"`
		} `json:"data"`
	}
	if err := json.Unmarshal(m.Data, &e); err != nil {
		return arrival{}, fmt.Errorf("finding %q: %w", m.Data, err)
	}
	return arrival{path: e.Data.Data.Path, happened: e.Time, stored: m.Time}, nil
}

// until reads findings until enough says so. It is false where none came for
// as long as wait.
func (a *arrivals) until(wait time.Duration, enough func(arrival) bool) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		select {
		case found := <-a.list:
			if enough(found) {
				return true
			}
			timer.Reset(wait)
		case <-timer.C:
			return false
		}
	}
}

func (a *arrivals) stop(t testing.TB) {
	t.Helper()
	a.cancel()
	if err := a.group.Wait(); err != nil {
		t.Fatal(err)
	}
}
