package collector

import (
	"context"
	"sync"
	"time"
)

// flight is the batch that is being published straight, if any, so that it can
// be called back when that takes too long.
type flight struct {
	mu     sync.Mutex
	cancel context.CancelFunc
	since  time.Time
	// earliest is before when no batch is called back.
	earliest time.Time
}

func (f *flight) begin(cancel context.CancelFunc) {
	now := time.Now()
	f.mu.Lock()
	f.cancel, f.since = cancel, now
	f.mu.Unlock()
}

func (f *flight) end() {
	f.mu.Lock()
	f.cancel = nil
	f.mu.Unlock()
}

// pause has no batch called back for some time.
func (f *flight) pause(d time.Duration) {
	f.mu.Lock()
	f.earliest = time.Now().Add(d)
	f.mu.Unlock()
}

// recall calls the batch back where it is older than a limit.
func (f *flight) recall(limit time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	if f.cancel != nil && now.Sub(f.since) >= limit && now.After(f.earliest) {
		f.cancel()
	}
}
