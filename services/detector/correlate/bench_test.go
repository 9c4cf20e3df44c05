package correlate

import (
	"fmt"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/signatures/sdk"
)

// BenchmarkInstance evaluates events that the base does not match, and floods of
// those that it does.
func BenchmarkInstance(b *testing.B) {
	values := func() []*event.Event {
		var list []*event.Event
		for i := range 4096 {
			e := at("openat", 1)
			e.Values = []event.Value{event.String(fmt.Sprint("/tmp/", i%50))}
			list = append(list, e)
		}
		return list
	}
	c := sdk.Correlation{Type: sdk.EventCount, Timespan: time.Minute, GroupBy: []string{"processName"}}
	counts, distinct, ordered := c, c, c
	counts.Condition = sdk.Condition{AtLeast: 10}
	distinct.Type, distinct.Condition = sdk.ValueCount, sdk.Condition{AtLeast: 100, Field: "args.pathname"}
	ordered.Type, ordered.Rules = sdk.TemporalOrdered, []string{"execve", "openat"}
	for _, bench := range []struct {
		name     string
		c        sdk.Correlation
		returned int64
		late     time.Duration
	}{
		{"no match", counts, 0, 0},
		{"event_count", counts, -1, 0},
		{"value_count", distinct, -1, 0},
		{"temporal_ordered", ordered, -1, 0},
		{"value_count late", distinct, -1, 100 * time.Millisecond},
	} {
		b.Run(bench.name, func(b *testing.B) {
			i := newProgram(b, bench.c, "openat", "execve").NewInstance(func(engine.Report) {})
			events := values()
			in := &engine.Input{}
			now := int64(time.Hour)
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				e := events[n%len(events)]
				now += int64(10 * time.Millisecond)
				e.Time, e.Seq, e.ReturnValue = now, uint64(n), bench.returned
				if n%2 == 1 {
					e.Time -= int64(bench.late)
				}
				in.Event = e
				if err := i.Evaluate(b.Context(), in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestNoAllocationWithoutMatch(t *testing.T) {
	i := newProgram(t, count(2), "openat").NewInstance(func(engine.Report) {})
	in := &engine.Input{Event: at("openat", 1)}
	in.Event.ReturnValue = 0
	if n := testing.AllocsPerRun(100, func() { _ = i.Evaluate(t.Context(), in) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
