package probe

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"

	"github.com/weirsec/weir/bpf"
	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/services/collector"
)

// counters turns the kernel's counts into losses and metrics.
type counters struct {
	programs *bpf.Programs
	metric   metric.Int64Counter
	last     map[catalogue.Type]bpf.Counter
	missed   uint64
	// skips are those of bpf.Programs.Skips.
	skips  []bpf.Skip
	polled time.Time
	full   totals
	// gap is how many numbers were missing without a reason at the last look.
	gap uint64
}

// totals are counts since the start: records that found no room, by ring, and
// events of processes that made too many.
type totals struct{ priority, bulk, throttled uint64 }

func newCounters(p *bpf.Programs, m metric.Meter) (*counters, error) {
	if m == nil {
		m = noop.NewMeterProvider().Meter("")
	}
	c, err := m.Int64Counter("weir.collector.kernel.events",
		metric.WithDescription("Events in the kernel, by what became of them"), metric.WithUnit("{event}"))
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	return &counters{programs: p, metric: c, last: map[catalogue.Type]bpf.Counter{}, polled: time.Now()}, nil
}

// poll reads the counts where the last time is at least every ago, which it
// returns, and reports what was lost since.
func (c *counters) poll(to collector.Sink, every time.Duration) (bool, error) {
	now := time.Now()
	if now.Sub(c.polled) < every {
		return false, nil
	}
	list, err := c.programs.Counters()
	if err != nil {
		return false, fmt.Errorf("probe: %w", err)
	}
	missed, err := c.programs.Missed()
	if err != nil {
		return false, fmt.Errorf("probe: %w", err)
	}
	from, until := c.polled.UnixNano(), now.UnixNano()
	lost := func(reason, event string, n uint64) {
		if n > 0 {
			to.Lost(&eventpb.Loss{Reason: reason, Event: event, Count: n, FirstTime: from, LastTime: until})
		}
	}
	c.full = totals{}
	for _, k := range list {
		if k.Type.Priority() {
			c.full.priority += k.RingFull
		} else {
			c.full.bulk += k.RingFull
		}
		c.full.throttled += k.Throttled
		before, name := c.last[k.Type], k.Type.String()
		for _, l := range []struct {
			reason string
			n      uint64
		}{
			{"throttled", k.Throttled - before.Throttled},
			{"shed", k.Shed - before.Shed},
			{"ring_full", k.RingFull - before.RingFull},
			{"nested", k.Nested - before.Nested},
		} {
			lost(l.reason, name, l.n)
			c.count(name, l.reason, l.n)
		}
		lost("compat_skipped", name, k.CompatSkipped-before.CompatSkipped)
		c.count(name, "submitted", k.Submitted-before.Submitted)
		c.count(name, "filtered", k.Filtered-before.Filtered)
		c.count(name, "fault", k.Fault-before.Fault)
		c.count(name, "truncated", k.Truncated-before.Truncated)
		c.last[k.Type] = k
	}
	if err := c.pollSkips(lost); err != nil {
		return false, err
	}
	lost("recursion", "", missed-c.missed)
	c.missed, c.polled = missed, now
	return true, nil
}

// tallies adds up what became of events in the kernel, as of the last look.
func (c *counters) tallies() map[string]uint64 {
	sum := map[string]uint64{}
	for _, k := range c.last {
		for state, n := range map[string]uint64{
			"submitted": k.Submitted, "filtered": k.Filtered, "throttled": k.Throttled, "shed": k.Shed,
			"ring_full": k.RingFull, "nested": k.Nested,
		} {
			sum[state] += n
			sum["seen"] += n
		}
	}
	return sum
}

// gaps reports numbers that are missing and that nothing explains.
func (c *counters) gaps(to collector.Sink, missing uint64) {
	if missing > c.gap {
		now := c.polled.UnixNano()
		to.Lost(&eventpb.Loss{Reason: "sequence_gap", Count: missing - c.gap, FirstTime: now - int64(pollEvery), LastTime: now})
		c.count("", "sequence_gap", missing-c.gap)
	}
	c.gap = max(c.gap, missing)
}

// pollSkips reports the packets that may have been DNS and were not recorded.
func (c *counters) pollSkips(lost func(reason, event string, n uint64)) error {
	skips, err := c.programs.Skips()
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	for i, s := range skips {
		n := s.Count
		if c.skips != nil {
			n -= c.skips[i].Count
		}
		lost(s.Reason, catalogue.NetPacketDNS.String(), n)
		c.count(catalogue.NetPacketDNS.String(), s.Reason, n)
	}
	c.skips = skips
	return nil
}

func (c *counters) count(event, state string, n uint64) {
	if n > 0 {
		c.metric.Add(context.Background(), int64(n), metric.WithAttributes(
			attribute.String("event", event), attribute.String("state", state)))
	}
}
