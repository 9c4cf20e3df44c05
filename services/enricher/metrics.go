package enricher

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"

	"github.com/weirsec/weir/internal/datasource/processtree"
)

// metrics counts what the enricher does and what it leaves out.
type metrics struct {
	events, late, undecodable  metric.Int64Counter
	evicted, truncated, splits metric.Int64Counter
	malformed                  metric.Int64Counter
	held, released             metric.Int64Counter
}

// tally is what one message adds to the metrics.
type tally struct {
	events, late     int64
	records, framing int64
	splits           int64
	malformed        int64
	tree             processtree.Counts
	cgroups, nodes   uint64
	containers       uint64
	held             int64
	// released counts by why.
	released map[string]int64
}

func newMetrics(meter metric.Meter) (*metrics, error) {
	if meter == nil {
		meter = noop.NewMeterProvider().Meter("")
	}
	var failure error
	counter := func(name, unit, text string) metric.Int64Counter {
		c, err := meter.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(text))
		failure = errors.Join(failure, err)
		return c
	}
	m := &metrics{
		events:      counter("weir.enricher.events", "{event}", "Events that were enriched"),
		late:        counter("weir.enricher.late", "{event}", "Events older than some of an earlier message of their node"),
		undecodable: counter("weir.enricher.undecodable", "{event}", "Events lost because their record or message is broken"),
		evicted:     counter("weir.enricher.evicted", "{entry}", "Facts that were forgotten for want of memory"),
		truncated:   counter("weir.enricher.truncated", "{list}", "Argument lists of lineages that were cut"),
		malformed:   counter("weir.enricher.malformed", "{event}", "Events of messages that could not be read to their end"),
		splits:      counter("weir.enricher.splits", "{message}", "Messages that were too large for one"),
		held:        counter("weir.enricher.held", "{event}", "Events held back until their container is known"),
		released:    counter("weir.enricher.released", "{event}", "Events held back no longer, by why"),
	}
	return m, failure
}

// add records the tally of a message.
func (m *metrics) add(ctx context.Context, t tally) {
	count(ctx, m.events, t.events, "", "")
	count(ctx, m.late, t.late, "", "")
	count(ctx, m.undecodable, t.records, "reason", "record")
	count(ctx, m.undecodable, t.framing, "reason", "framing")
	count(ctx, m.evicted, int64(t.tree.Processes), "kind", "process")
	count(ctx, m.evicted, int64(t.tree.Images), "kind", "image")
	count(ctx, m.evicted, int64(t.cgroups), "kind", "cgroup")
	count(ctx, m.evicted, int64(t.containers), "kind", "container")
	count(ctx, m.evicted, int64(t.nodes), "kind", "node")
	count(ctx, m.truncated, int64(t.tree.Args), "field", "args")
	count(ctx, m.splits, t.splits, "", "")
	count(ctx, m.malformed, t.malformed, "kind", "dns")
	count(ctx, m.held, t.held, "", "")
	for reason, n := range t.released {
		count(ctx, m.released, n, "reason", reason)
	}
}

// message records a message that is no batch at all.
func (m *metrics) message(ctx context.Context) {
	count(ctx, m.undecodable, 1, "reason", "message")
}

func count(ctx context.Context, c metric.Int64Counter, n int64, key, value string) {
	switch {
	case n == 0:
	case key == "":
		c.Add(ctx, n)
	default:
		c.Add(ctx, n, metric.WithAttributes(attribute.String(key, value)))
	}
}
