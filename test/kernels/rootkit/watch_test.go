package rootkit

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/schemas/record"
	"github.com/weirsec/weir/services/collector/probe"
)

// soon is how long an event may take: the scanner's ten seconds, and what an
// emulated machine needs to read the kernel's symbols.
const soon = 90 * time.Second

// sink keeps the events that begin with hooked_.
type sink struct {
	mu     sync.Mutex
	events []event.Event
	failed error
	lost   []*eventpb.Loss
}

func (s *sink) Record(rec []byte) {
	var d record.Decoder
	d.Reset(&eventpb.Envelope{Node: "guest"})
	var e event.Event
	err := d.Decode(slices.Clone(rec), 0, &e)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err != nil:
		s.failed = err
	case strings.HasPrefix(e.Name(), "hooked_"):
		s.events = append(s.events, e)
	}
}

func (s *sink) Batch(*eventpb.RawBatch) {}

func (s *sink) Lost(l *eventpb.Loss) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost = append(s.lost, l)
}

func (s *sink) Idle() time.Duration { return 0 }

// take returns the events so far, and forgets them.
func (s *sink) take(t *testing.T) []event.Event {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil {
		t.Fatal(s.failed)
	}
	if len(s.lost) > 0 {
		t.Fatalf("lost: %v", s.lost)
	}
	list := s.events
	s.events = nil
	return list
}

// wait returns the next event; another than the only one is an error.
func (s *sink) wait(t *testing.T) event.Event {
	t.Helper()
	for end := time.Now().Add(soon); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if list := s.take(t); len(list) > 0 {
			if len(list) > 1 {
				t.Errorf("%d events: %v", len(list), list)
			}
			return list[0]
		}
	}
	t.Fatalf("no event within %s", soon)
	return event.Event{}
}

// quiet waits for longer than a look takes, and wants no event.
func (s *sink) quiet(t *testing.T, when string) {
	t.Helper()
	time.Sleep(15 * time.Second)
	for _, e := range s.take(t) {
		t.Errorf("%s: %s %v", when, e.Name(), e.Values)
	}
}

// watch runs a probe until the test ends.
func watch(t *testing.T) *sink {
	t.Helper()
	p, err := probe.Open(probe.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.SetInterest(interest.Of("hooked_syscall", "hooked_proc_fops")); err != nil {
		t.Fatal(err)
	}
	for _, a := range p.Attachments() {
		if strings.HasPrefix(a.Event, "hooked_") && (!a.Attached || a.Hook != "iter") {
			t.Fatalf("%+v", a)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	s := new(sink)
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := p.Run(ctx, s); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		cancel()
		wg.Wait()
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// arg returns an argument as JSON shows it.
func arg(t *testing.T, e event.Event, name string) string {
	t.Helper()
	v, ok := e.Arg(name)
	if !ok {
		t.Fatalf("%s has no %s", e.Name(), name)
	}
	return v.String()
}
