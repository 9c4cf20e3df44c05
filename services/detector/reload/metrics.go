package reload

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// The outcomes of a reload.
const (
	outcomeChanged   = "changed"
	outcomeUnchanged = "unchanged"
	outcomeFailed    = "failed"
)

// metrics says which set is in force and how it came to be.
type metrics struct {
	reloads, refused         metric.Int64Counter
	duration                 metric.Float64Histogram
	set, signatures, notGood metric.Int64ObservableGauge
	last                     metric.Float64ObservableGauge
	registration             metric.Registration
}

func newMetrics(meter metric.Meter, now func() state) (*metrics, error) {
	var m metrics
	var errs [7]error
	m.reloads, errs[0] = meter.Int64Counter("weir.detector.reloads", metric.WithUnit("{reload}"),
		metric.WithDescription("Times that the signatures were loaded again, by outcome: changed, unchanged, failed"))
	m.refused, errs[1] = meter.Int64Counter("weir.detector.bundles.refused", metric.WithUnit("{bundle}"),
		metric.WithDescription("Versions of bundles that were not put in force, by reason"))
	m.duration, errs[2] = meter.Float64Histogram("weir.detector.reload.duration", metric.WithUnit("s"),
		metric.WithDescription("Time to load the signatures again"),
		metric.WithExplicitBucketBoundaries(0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30))
	m.set, errs[3] = meter.Int64ObservableGauge("weir.detector.set",
		metric.WithDescription("1 for the version of the set that is in force"))
	m.signatures, errs[4] = meter.Int64ObservableGauge("weir.detector.signatures", metric.WithUnit("{signature}"),
		metric.WithDescription("Signatures in force"))
	m.notGood, errs[5] = meter.Int64ObservableGauge("weir.detector.signatures.not_loaded", metric.WithUnit("{signature}"),
		metric.WithDescription("Files or signatures that could not be loaded as they are"))
	m.last, errs[6] = meter.Float64ObservableGauge("weir.detector.reload.last", metric.WithUnit("s"),
		metric.WithDescription("When the signatures were last loaded well, in Unix time"))
	if err := errors.Join(errs[:]...); err != nil {
		return nil, fmt.Errorf("make metrics: %w", err)
	}
	var err error
	m.registration, err = meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		m.observe(o, now())
		return nil
	}, m.set, m.signatures, m.notGood, m.last)
	if err != nil {
		return nil, fmt.Errorf("register metrics: %w", err)
	}
	return &m, nil
}

func (m *metrics) observe(o metric.Observer, s state) {
	if s.set == nil {
		return
	}
	o.ObserveInt64(m.set, 1, metric.WithAttributes(attribute.String("version", s.set.Version())))
	o.ObserveInt64(m.signatures, int64(len(s.set.Signatures())))
	o.ObserveInt64(m.notGood, int64(failures(s.problems)))
	o.ObserveFloat64(m.last, float64(s.loaded.UnixMilli())/1000)
}

// count counts one reload.
func (m *metrics) count(ctx context.Context, outcome string) {
	m.reloads.Add(ctx, 1, metric.WithAttributes(attribute.String("outcome", outcome)))
}

// refuse counts a version of a bundle that was not put in force.
func (m *metrics) refuse(ctx context.Context, reason string) {
	m.refused.Add(ctx, 1, metric.WithAttributes(attribute.String("reason", reason)))
}

func (m *metrics) close() error {
	if err := m.registration.Unregister(); err != nil {
		return fmt.Errorf("reload: unregister metrics: %w", err)
	}
	return nil
}
