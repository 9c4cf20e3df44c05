package privilege

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// Measure makes the metric that says which capabilities were missing at the
// start: 1 for each that is, 0 for the others.
func Measure(m metric.Meter, rows []Row) error {
	_, err := m.Int64ObservableGauge("weir.collector.capability.missing",
		metric.WithDescription("Whether a capability that the collector uses was missing at its start"),
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
			for _, r := range rows {
				var missing int64
				if r.State == Missing {
					missing = 1
				}
				o.Observe(missing, metric.WithAttributes(attribute.String("capability", r.Name)))
			}
			return nil
		}))
	if err != nil {
		return fmt.Errorf("privileges: metrics: %w", err)
	}
	return nil
}
