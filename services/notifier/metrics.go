package notifier

import (
	"errors"

	"go.opentelemetry.io/otel/metric"
)

// metrics are the notifier's instruments.
type metrics struct {
	findings    metric.Int64Counter
	redelivered metric.Int64Counter
	untraced    metric.Int64Counter
	missing     metric.Int64Counter
	latency     metric.Float64Histogram
}

func newMetrics(meter metric.Meter) (*metrics, error) {
	m := &metrics{}
	var errs [5]error
	m.findings, errs[0] = meter.Int64Counter(
		"weir.notifier.findings", metric.WithUnit("{finding}"),
		metric.WithDescription("Findings that are safe with the broker, by severity."),
	)
	m.redelivered, errs[1] = meter.Int64Counter(
		"weir.notifier.redelivered", metric.WithUnit("{finding}"),
		metric.WithDescription("Findings that were published again, which the broker recognises."),
	)
	m.untraced, errs[2] = meter.Int64Counter(
		"weir.notifier.untraced", metric.WithUnit("{finding}"),
		metric.WithDescription("Findings whose trace was not taken."),
	)
	m.missing, errs[4] = meter.Int64Counter(
		"weir.notifier.missing", metric.WithUnit("{detection}"),
		metric.WithDescription("Detections that the stream gave up before they were read."),
	)
	m.latency, errs[3] = meter.Float64Histogram(
		"weir.notifier.latency", metric.WithUnit("s"),
		metric.WithDescription("Time from the event in the kernel to the finding being safe with the broker."),
		metric.WithExplicitBucketBoundaries(.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 60),
	)
	return m, errors.Join(errs[:]...)
}
