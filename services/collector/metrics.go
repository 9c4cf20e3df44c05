package collector

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
)

// metrics are the collector's own counters. They are written once per batch or
// loss, never per event.
type metrics struct {
	events, losses metric.Int64Counter
	batches, bytes metric.Int64Counter
}

func newMetrics(m metric.Meter, q *queue) (*metrics, error) {
	if m == nil {
		m = noop.NewMeterProvider().Meter("")
	}
	events, err1 := m.Int64Counter("weir.collector.events",
		metric.WithDescription("Events that the broker has"), metric.WithUnit("{event}"))
	lost, err2 := m.Int64Counter("weir.collector.lost",
		metric.WithDescription("Events that were lost, by reason"), metric.WithUnit("{event}"))
	batches, err3 := m.Int64Counter("weir.collector.batches",
		metric.WithDescription("Batches that the broker has"), metric.WithUnit("{batch}"))
	bytes, err4 := m.Int64Counter("weir.collector.bytes",
		metric.WithDescription("Bytes of batches before compression"), metric.WithUnit("By"))
	_, err5 := m.Int64ObservableGauge("weir.collector.queue",
		metric.WithDescription("Bytes that wait for the broker"), metric.WithUnit("By"),
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(int64(q.size()))
			return nil
		}))
	return &metrics{events: events, losses: lost, batches: batches, bytes: bytes},
		errors.Join(err1, err2, err3, err4, err5)
}

func (m *metrics) lost(reason, event string, n uint64) {
	m.losses.Add(context.Background(), int64(n),
		metric.WithAttributes(attribute.String("reason", reason), attribute.String("event", event)))
}

func (m *metrics) published(b *batch, size int) {
	ctx := context.Background()
	b.events(func(name string, n uint32) {
		m.events.Add(ctx, int64(n), metric.WithAttributes(attribute.String("event", name)))
	})
	m.batches.Add(ctx, 1)
	m.bytes.Add(ctx, int64(size))
}
