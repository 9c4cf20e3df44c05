package probe

import (
	"context"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/schemas/record"
)

// floodSink is a slowSink that keeps event_flood.
type floodSink struct {
	slowSink
	floods [][]byte
}

func (s *floodSink) Record(rec []byte) {
	if typ, _, _ := record.Peek(rec); typ == catalogue.EventFlood {
		s.floods = append(s.floods, append([]byte(nil), rec...))
	}
	s.slowSink.Record(rec)
}

// A process that floods a ring which is being read slowly is held back, what it
// made too much is told of it, and another's rare events all arrive.
func TestFlood(t *testing.T) {
	p := open(t, Config{BulkRing: 256 << 10, TaskRate: 100})
	if err := p.SetInterest(interest.Of("openat", "ptrace")); err != nil {
		t.Fatal(err)
	}
	sink := &floodSink{slowSink: slowSink{got: map[catalogue.Type]uint64{}, lost: map[string]uint64{}, delay: time.Millisecond}}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx, sink) }()
	path := marked(t)
	pid := child(t, "opens", path, "20000")
	for range 10 {
		child(t, "ptrace")
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	opens, traces := count(t, p, catalogue.Openat), count(t, p, catalogue.Ptrace)
	if opens.Throttled == 0 || !opens.Balanced() || !traces.Balanced() {
		t.Errorf("opens %+v, ptrace %+v", opens, traces)
	}
	if sink.lost["throttled openat"] != opens.Throttled {
		t.Errorf("%d reported of %d", sink.lost["throttled openat"], opens.Throttled)
	}
	// ptrace is of a class that is not held back.
	if got := sink.got[catalogue.Ptrace]; got != 10 || traces.Submitted != 10 {
		t.Errorf("%d of 10 traces, %+v", got, traces)
	}
	var told uint64
	var d record.Decoder
	d.Reset(&eventpb.Envelope{})
	for _, rec := range sink.floods {
		var e event.Event
		if err := d.Decode(rec, 1, &e); err != nil {
			t.Fatal(err)
		}
		if int(e.Context.HostPID) == pid {
			told += uint64(number(t, e, "suppressed"))
			if number(t, e, "pid") != int64(pid) || e.Context.ProcessName != "probe.test" ||
				number(t, e, "first_time") > number(t, e, "last_time") {
				t.Errorf("%+v", e)
			}
		}
	}
	if told == 0 || told > opens.Throttled {
		t.Errorf("%d told of %d", told, opens.Throttled)
	}
}
