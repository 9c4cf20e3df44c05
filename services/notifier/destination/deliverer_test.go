package destination

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/schemas/finding"
)

// flaky is a Destination that fails as it is told and keeps what it took.
type flaky struct {
	errs []error
	took []Finding
}

func (f *flaky) Name() string { return "flaky" }

func (f *flaky) Deliver(_ context.Context, one Finding) error {
	if len(f.errs) > 0 {
		err := f.errs[0]
		f.errs = f.errs[1:]
		if err != nil {
			return err
		}
	}
	f.took = append(f.took, one)
	return nil
}

func TestDelivererRun(t *testing.T) {
	first, second := sample(t), sample(t)
	second.ID = "second"
	other := sample(t)
	other.Node = "other"
	broken := errors.New("broken")
	garbage := bus.Message{Subject: "weir.findings.high.x", Data: []byte("{}")}
	a, b, c := message(t, first), message(t, second), message(t, other)
	tests := []struct {
		name     string
		messages []bus.Message
		errs     []error
		took     int
		err      error
		counts   map[string]int64
	}{
		{"each once", []bus.Message{a, b}, nil, 2, nil, map[string]int64{"weir.notifier.delivered": 2}},
		{
			"duplicates",
			[]bus.Message{a, b, a, a},
			nil, 2, nil,
			map[string]int64{"weir.notifier.delivered": 2, "weir.notifier.duplicates": 2},
		},
		{
			"same id of another source",
			[]bus.Message{a, c},
			nil, 2, nil,
			map[string]int64{"weir.notifier.delivered": 2},
		},
		{
			"not a finding",
			[]bus.Message{garbage, a},
			nil, 1, nil,
			map[string]int64{"weir.notifier.delivered": 1, "weir.notifier.failed/decode": 1},
		},
		{
			"fails, then works",
			[]bus.Message{a},
			[]error{broken, broken},
			1, nil,
			map[string]int64{"weir.notifier.delivered": 1},
		},
		{
			"fails for good",
			[]bus.Message{a, b},
			[]error{broken, broken, broken},
			0, broken,
			map[string]int64{"weir.notifier.failed/error": 1},
		},
		{
			"closed",
			[]bus.Message{a, b, c},
			[]error{nil, ErrClosed},
			1, nil,
			map[string]int64{"weir.notifier.delivered": 1, "weir.notifier.failed/closed": 1},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				set, reader := settings(t)
				to := &flaky{errs: tt.errs}
				d, err := NewDeliverer(Config{}, set, to)
				if err != nil {
					t.Fatal(err)
				}
				if err := d.Run(t.Context(), stream(tt.messages...)); !errors.Is(err, tt.err) || (err != nil) != (tt.err != nil) {
					t.Errorf("error %v, want %v", err, tt.err)
				}
				if len(to.took) != tt.took {
					t.Errorf("%d delivered, want %d", len(to.took), tt.took)
				}
				if got := counts(t, reader); !maps.Equal(got, tt.counts) {
					t.Errorf("counted %v, want %v", got, tt.counts)
				}
			})
		})
	}
}

// A finding that failed is no duplicate when it comes again.
func TestDelivererFailedIsNotSeen(t *testing.T) {
	set, _ := settings(t)
	to := &flaky{errs: []error{errors.New("broken")}}
	d, err := NewDeliverer(Config{Attempts: 1}, set, to)
	if err != nil {
		t.Fatal(err)
	}
	m := message(t, sample(t))
	if err := d.Run(t.Context(), stream(m)); err == nil {
		t.Fatal("the failure was hidden")
	}
	if err := d.Run(t.Context(), stream(m)); err != nil || len(to.took) != 1 {
		t.Errorf("error %v, %d delivered, want 1", err, len(to.took))
	}
}

// The stamps come from the headers, and the broker's own time completes them.
func TestDelivererPassesStamps(t *testing.T) {
	sent := sample(t)
	stored := time.Unix(0, 1763640003119000000)
	tests := []struct {
		name   string
		change func(*bus.Received)
		want   []finding.Stamp
	}{
		{"all", func(*bus.Received) {}, append(sent.Stamps, finding.Stamp{
			Stage: "broker", Instance: "detector-2", In: sent.Stamps[2].Out, Out: stored.UnixNano(),
		})},
		{"no time", func(m *bus.Received) { m.Time = time.Time{} }, sent.Stamps},
		{"no headers", func(m *bus.Received) { m.Header = nil }, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			set, _ := settings(t)
			to := &flaky{}
			d, err := NewDeliverer(Config{}, set, to)
			if err != nil {
				t.Fatal(err)
			}
			m := message(t, sent)
			in := bus.Received{Subject: m.Subject, Data: m.Data, Header: m.Header, Time: stored}
			tt.change(&in)
			err = d.Run(t.Context(), func(ctx context.Context, fn func(context.Context, bus.Received) error) error {
				return fn(ctx, in)
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := to.took[0].Detection.Stamps; !reflect.DeepEqual(got, tt.want) {
				t.Errorf("stamps %v, want %v", got, tt.want)
			}
			if !bytes.Equal(to.took[0].CloudEvent, m.Data) {
				t.Error("the event was changed on its way")
			}
		})
	}
}

func TestNewDelivererRefuses(t *testing.T) {
	set, _ := settings(t)
	for _, cfg := range []Config{{Attempts: -1}, {Backoff: -1}, {Remember: -1}} {
		if _, err := NewDeliverer(cfg, set, &flaky{}); err == nil || !strings.Contains(err.Error(), "negative") {
			t.Errorf("%+v: error %v", cfg, err)
		}
	}
}

// Over a real broker: a durable subscription goes on where it was, and what was
// delivered before the stop does not come again.
func TestDelivererOverTheBroker(t *testing.T) {
	conn := bustest.Run(t)
	d := sample(t)
	cfg := bus.TailConfig{Stream: bus.StreamFindings, Durable: "stdout"}
	from := func(ctx context.Context, fn func(context.Context, bus.Received) error) error {
		return conn.Tail(ctx, cfg, fn)
	}
	seen := map[string]int{}
	for run, findings := range []int64{7, 13} {
		for i := range findings {
			d.ID = fmt.Sprintf("%d-%d", run, i)
			if err := conn.Publish(t.Context(), message(t, d)); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		set, _ := settings(t)
		to := &stopping{left: &atomic.Int64{}, stop: cancel, seen: seen}
		to.left.Store(findings)
		deliverer, err := NewDeliverer(Config{}, set, to)
		if err != nil {
			t.Fatal(err)
		}
		if err := deliverer.Run(ctx, from); err != nil {
			t.Fatal(err)
		}
		cancel()
		if to.left.Load() > 0 {
			t.Fatalf("%d findings did not come", to.left.Load())
		}
	}
	if len(seen) != 20 {
		t.Errorf("%d findings arrived, want 20", len(seen))
	}
	for id, times := range seen {
		if times != 1 {
			t.Errorf("finding %s arrived %d times", id, times)
		}
	}
}

// stopping ends delivery after some findings.
type stopping struct {
	left *atomic.Int64
	stop func()
	seen map[string]int
}

func (s *stopping) Name() string { return "stopping" }

func (s *stopping) Deliver(_ context.Context, f Finding) error {
	s.seen[f.Detection.ID]++
	if s.left.Add(-1) == 0 {
		s.stop()
	}
	return nil
}
