package collector

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"

	"github.com/weirsec/weir/services/collector/spool"
)

// metrics are the collector's own counters. They are written once per batch or
// loss, never per event.
type metrics struct {
	events, losses metric.Int64Counter
	batches, bytes metric.Int64Counter
	// onDisk counts what happens to batches there.
	onDisk, diskBytes metric.Int64Counter
}

func newMetrics(m metric.Meter, q *queue, s *spool.Spool) (*metrics, error) {
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
	onDisk, err6 := m.Int64Counter("weir.collector.spool.batches",
		metric.WithDescription("Batches that went to disk (written), were published from there (drained), or were "+
			"found to be with the broker already (stored)"), metric.WithUnit("{batch}"))
	diskBytes, err7 := m.Int64Counter("weir.collector.spool.written",
		metric.WithDescription("Bytes of batches that went to disk, before compression"), metric.WithUnit("By"))
	return &metrics{events: events, losses: lost, batches: batches, bytes: bytes, onDisk: onDisk, diskBytes: diskBytes},
		errors.Join(err1, err2, err3, err4, err5, err6, err7, observeSpool(m, s))
}

// observeSpool adds how full the spool is, where there is one.
func observeSpool(m metric.Meter, s *spool.Spool) error {
	if s == nil {
		return nil
	}
	gauge := func(name, text, unit string, value func() int64) error {
		_, err := m.Int64ObservableGauge(name, metric.WithDescription(text), metric.WithUnit(unit),
			metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
				o.Observe(value())
				return nil
			}))
		return err
	}
	return errors.Join(
		gauge("weir.collector.spool.used", "Bytes of disk that batches take", "By", s.Used),
		gauge("weir.collector.spool.limit", "Bytes of disk that batches may take", "By", s.Limit),
		gauge("weir.collector.spool.waiting", "Events that wait on disk", "{event}", func() int64 {
			_, events := s.Waiting()
			return events
		}))
}

func (m *metrics) lost(reason, event string, n uint64) {
	m.losses.Add(context.Background(), int64(n),
		metric.WithAttributes(attribute.String("reason", reason), attribute.String("event", event)))
}

// published counts a batch that the broker has; events yields its events.
func (m *metrics) published(events func(each func(name string, n uint32)), size int) {
	ctx := context.Background()
	events(func(name string, n uint32) {
		m.events.Add(ctx, int64(n), metric.WithAttributes(attribute.String("event", name)))
	})
	m.batches.Add(ctx, 1)
	m.bytes.Add(ctx, int64(size))
}

// spooled counts a batch that went to disk.
func (m *metrics) spooled(size int) {
	m.disk("written")
	m.diskBytes.Add(context.Background(), int64(size))
}

// drained counts a batch that was published from disk.
func (m *metrics) drained() { m.disk("drained") }

// stored counts a batch that need not be published again.
func (m *metrics) stored() { m.disk("stored") }

func (m *metrics) disk(what string) {
	m.onDisk.Add(context.Background(), 1, metric.WithAttributes(attribute.String("state", what)))
}
