package stage

import (
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// heartbeat tells the broker now and then that a message is still worked on,
// so that it gives it to nobody else.
type heartbeat struct {
	msg     jetstream.Msg
	every   time.Duration
	mu      sync.Mutex
	timer   *time.Timer
	stopped bool
}

func startHeartbeat(m jetstream.Msg, every time.Duration) *heartbeat {
	h := &heartbeat{msg: m, every: every}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.timer = time.AfterFunc(every, h.beat)
	return h
}

func (h *heartbeat) beat() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopped {
		return
	}
	// A lost beat is made up for by the next one.
	_ = h.msg.InProgress()
	h.timer.Reset(h.every)
}

func (h *heartbeat) stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stopped = true
	h.timer.Stop()
}
