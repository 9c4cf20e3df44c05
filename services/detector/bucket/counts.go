package bucket

import (
	"context"
	"errors"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// counts are what happened to a source since it was made.
type counts struct{ put, removed, unreadable, full, failures atomic.Uint64 }

// measure makes metrics of sources.
func measure(meter metric.Meter, sources []*Source) (metric.Registration, error) {
	var errs []error
	counter := func(name, unit, text string) metric.Int64ObservableCounter {
		c, err := meter.Int64ObservableCounter(name, metric.WithUnit(unit), metric.WithDescription(text))
		errs = append(errs, err)
		return c
	}
	gauge := func(name, unit, text string) metric.Int64ObservableGauge {
		g, err := meter.Int64ObservableGauge(name, metric.WithUnit(unit), metric.WithDescription(text))
		errs = append(errs, err)
		return g
	}
	keys := gauge("weir.detector.bucket.keys", "{key}", "Keys of data sources that are kept in buckets")
	bytes := gauge("weir.detector.bucket.memory", "By", "Memory of those data sources, about")
	changes := counter("weir.detector.bucket.changes", "{change}", "Changes of those data sources that were taken in, by kind")
	skipped := counter("weir.detector.bucket.skipped", "{key}", "Values of those data sources that were left out, by reason")
	failures := counter("weir.detector.bucket.failures", "{failure}", "Watches of those data sources that failed")
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		for _, s := range sources {
			name := attribute.String("source", s.spec.String())
			with := func(key, value string) metric.MeasurementOption {
				return metric.WithAttributes(name, attribute.String(key, value))
			}
			s.mu.RLock()
			n, size := len(s.entries), s.bytes
			s.mu.RUnlock()
			o.ObserveInt64(keys, int64(n), metric.WithAttributes(name))
			o.ObserveInt64(bytes, int64(size), metric.WithAttributes(name))
			o.ObserveInt64(changes, int64(s.count.put.Load()), with("kind", "put"))
			o.ObserveInt64(changes, int64(s.count.removed.Load()), with("kind", "remove"))
			o.ObserveInt64(skipped, int64(s.count.unreadable.Load()), with("reason", "unreadable"))
			o.ObserveInt64(skipped, int64(s.count.full.Load()), with("reason", "full"))
			o.ObserveInt64(failures, int64(s.count.failures.Load()), metric.WithAttributes(name))
		}
		return nil
	}, keys, bytes, changes, skipped, failures)
}
