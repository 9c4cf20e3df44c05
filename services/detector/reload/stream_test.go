package reload

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/batch"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/finding"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/services/detector"
	"github.com/weirsec/weir/services/detector/bundle"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/load"
)

const (
	streamSignatures = 200
	streamReloads    = 15
	perBatch         = 4
)

// A stream of events goes on while one of 200 signatures is changed again and
// again: each event is evaluated once, by one of the sets, and each batch by
// one set alone.
func TestStreamWhileReloading(t *testing.T) {
	dir := t.TempDir()
	for i := range streamSignatures - 1 {
		put(t, dir, fmt.Sprintf("other-%03d.rego", i), signature(fmt.Sprintf("O%03d", i), "execve"))
	}
	put(t, dir, "a.rego", signature("A", "openat"))
	conn := bustest.Run(t)
	b := newBench(t, load.Request{Dirs: []string{dir}}, nil, bundle.Trust{})
	set, err := b.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d, err := detector.New(detector.Default(), set, stage.Settings{Instance: "one", Logger: bustest.Logger(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	h := &handled{sizes: map[uint64]int{}, versions: map[string]bool{set.Version(): true}}
	cfg := d.Stage(16)
	cfg.NewHandler = h.around(cfg.NewHandler)
	runner, err := stage.New(conn, cfg, stage.Settings{Logger: bustest.Logger(t)})
	if err != nil {
		t.Fatal(err)
	}
	running, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := runner.Run(running); err != nil {
			t.Error(err)
		}
	})
	swapped := make(chan time.Time, streamReloads)
	wg.Go(func() {
		err := b.Run(running, Target{
			Swap:     func(s *engine.Set) { h.inForce(s); d.Swap(s); swapped <- time.Now() },
			Interest: func(context.Context, interest.Interest) error { return nil },
		})
		if err != nil {
			t.Error(err)
		}
	})
	published := make(chan int, 1)
	over := make(chan struct{})
	wg.Go(func() { published <- publishUntil(t, conn, over) })
	var slowest time.Duration
	for i := range streamReloads {
		began := time.Now()
		put(t, dir, "a.rego", signature("A", "openat")+fmt.Sprintf("# change %d\n", i))
		b.Trigger("test")
		slowest = max(slowest, (<-swapped).Sub(began))
		time.Sleep(20 * time.Millisecond)
	}
	close(over)
	batches := <-published
	if err := runner.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	stop()
	wg.Wait()
	h.check(t, batches, readDetections(t, conn))
	t.Logf("%d batches in %d sets; the slowest swap of %d signatures took %s", batches, len(h.seen), streamSignatures, slowest)
	if slowest > time.Second {
		t.Errorf("a swap took %s, want less than 1s", slowest)
	}
}

// handled notes what the handlers of all partitions return.
type handled struct {
	mu sync.Mutex
	// sizes are the numbers of outputs by the batch's place in the stream.
	sizes map[uint64]int
	// versions are those of the sets that were ever in force; seen those that
	// made a finding.
	versions, seen map[string]bool
	wrong          []string
}

func (h *handled) inForce(s *engine.Set) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.versions[s.Version()] = true
}

// around notes what the handlers return.
func (h *handled) around(make func(int) (stage.Handler, error)) func(int) (stage.Handler, error) {
	return func(partition int) (stage.Handler, error) {
		inner, err := make(partition)
		if err != nil {
			return nil, err
		}
		return stage.HandlerFunc(func(ctx context.Context, in stage.Message) ([]stage.Output, error) {
			outputs, err := inner.Handle(ctx, in)
			h.mu.Lock()
			defer h.mu.Unlock()
			if _, twice := h.sizes[in.StreamSeq]; twice {
				h.wrong = append(h.wrong, fmt.Sprintf("batch %d was handled twice", in.StreamSeq))
			}
			h.sizes[in.StreamSeq] = len(outputs)
			return outputs, err
		}), nil
	}
}

// check wants each batch to have been handled once with all its events, and the
// detections to be as they must.
func (h *handled) check(t *testing.T, batches int, detections []finding.Detection) {
	t.Helper()
	for _, text := range h.wrong {
		t.Error(text)
	}
	for at, n := range h.sizes {
		if n != perBatch {
			t.Errorf("batch %d gave %d detections, want %d", at, n, perBatch)
		}
	}
	if len(h.sizes) != batches || len(detections) != batches*perBatch {
		t.Errorf("%d batches handled, %d detections; want %d and %d", len(h.sizes), len(detections), batches, batches*perBatch)
	}
	h.seen = map[string]bool{}
	events, ofBatch := map[string]int{}, map[string]string{}
	for _, d := range detections {
		id := d.Finding.Events[len(d.Finding.Events)-1]
		events[id]++
		of, _, _ := strings.Cut(id, "#")
		version := d.Finding.SetVersion
		h.seen[version] = true
		if was, known := ofBatch[of]; known && was != version {
			t.Errorf("batch %s was evaluated by the sets %s and %s", of, was, version)
		}
		ofBatch[of] = version
		if !h.versions[version] {
			t.Errorf("the set %s was never in force", version)
		}
	}
	for id, n := range events {
		if n != 1 {
			t.Errorf("event %s has %d detections", id, n)
		}
	}
	if len(h.seen) < streamReloads/2 {
		t.Errorf("only %d of %d sets made a detection: the stream did not go on", len(h.seen), len(h.versions))
	}
}

// publishUntil publishes batches until it is over and returns how many.
func publishUntil(t *testing.T, conn *bus.Conn, over <-chan struct{}) int {
	shape := &event.Shape{ID: 257, Name: "openat"}
	for n := 0; ; n++ {
		select {
		case <-over:
			return n
		case <-time.After(time.Millisecond):
		}
		// The boot id names the batch in the ids of its events.
		c := &event.Context{Node: "n", BootID: fmt.Sprintf("b%d#", n), HostPID: 1}
		var events []event.Event
		for i := range perBatch {
			events = append(events, event.Event{Seq: uint64(i), Time: time.Now().UnixNano(), Shape: shape, Context: c})
		}
		var encoder batch.Encoder
		data, err := encoder.Encode(nil, &eventpb.Envelope{Node: c.Node, BootId: c.BootID, FirstSeq: 0}, events)
		if err == nil {
			err = conn.Publish(t.Context(), bus.Message{Subject: bus.EventsSubject(n%16, "n"), ID: fmt.Sprint("batch/", n), Data: data})
		}
		if err != nil {
			t.Error(err)
			return n
		}
	}
}

// readDetections returns all detections of the stream.
func readDetections(t *testing.T, conn *bus.Conn) []finding.Detection {
	t.Helper()
	usage, err := conn.Usage(t.Context(), bus.StreamDetections)
	if err != nil {
		t.Fatal(err)
	}
	var list []finding.Detection
	if usage.Messages == 0 {
		return nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err = conn.Tail(ctx, bus.TailConfig{Stream: bus.StreamDetections}, func(_ context.Context, m bus.Received) error {
		var d finding.Detection
		if err := json.Unmarshal(m.Data, &d); err != nil {
			return err
		}
		if list = append(list, d); len(list) == int(usage.Messages) {
			cancel()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
