package destination

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// metrics counts what became of the findings of one destination.
type metrics struct {
	name        attribute.KeyValue
	destination metric.MeasurementOption
	delivered   metric.Int64Counter
	failed      metric.Int64Counter
	duplicates  metric.Int64Counter
}

func newMetrics(meter metric.Meter, destination string) (*metrics, error) {
	m := &metrics{name: attribute.String("destination", destination)}
	m.destination = metric.WithAttributes(m.name)
	var errs [3]error
	m.delivered, errs[0] = meter.Int64Counter(
		"weir.notifier.delivered", metric.WithUnit("{finding}"),
		metric.WithDescription("Findings that a destination has taken."),
	)
	m.failed, errs[1] = meter.Int64Counter(
		"weir.notifier.failed", metric.WithUnit("{finding}"),
		metric.WithDescription("Findings that could not be delivered, by reason."),
	)
	m.duplicates, errs[2] = meter.Int64Counter(
		"weir.notifier.duplicates", metric.WithUnit("{finding}"),
		metric.WithDescription("Findings that came again and were not delivered again."),
	)
	return m, errors.Join(errs[:]...)
}

func (m *metrics) fail(ctx context.Context, reason string) {
	m.failed.Add(ctx, 1, metric.WithAttributes(m.name, attribute.String("reason", reason)))
}
