package stage

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// metrics are a stage's instruments; the attribute sets are made once, so that
// counting costs no allocation.
type metrics struct {
	messages metric.Int64Counter
	outputs  metric.Int64Counter
	duration metric.Float64Histogram
	panics   metric.Int64Counter

	base, acked, retried, deadLettered, duplicate, handedBack metric.MeasurementOption
	handle, publish                                           metric.MeasurementOption
}

func newMetrics(meter metric.Meter, cfg Config) (*metrics, error) {
	var m metrics
	var errs [4]error
	m.messages, errs[0] = meter.Int64Counter("weir.stage.messages", metric.WithUnit("{message}"),
		metric.WithDescription("Messages that a stage took, by outcome"))
	m.outputs, errs[1] = meter.Int64Counter("weir.stage.outputs", metric.WithUnit("{message}"),
		metric.WithDescription("Messages that a stage published"))
	m.duration, errs[2] = meter.Float64Histogram("weir.stage.duration", metric.WithUnit("s"),
		metric.WithDescription("Time for one message, by step"),
		metric.WithExplicitBucketBoundaries(.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5))
	m.panics, errs[3] = meter.Int64Counter("weir.stage.panics", metric.WithUnit("{panic}"),
		metric.WithDescription("Panics of handlers that were caught"))
	set := func(extra ...attribute.KeyValue) metric.MeasurementOption {
		return metric.WithAttributeSet(attribute.NewSet(append(extra,
			attribute.String("stage", cfg.Stage),
			attribute.String("messaging.system", "nats"),
			attribute.String("messaging.destination.name", cfg.Stream))...))
	}
	m.base = set()
	for option, outcome := range map[*metric.MeasurementOption]string{
		&m.acked: "acked", &m.retried: "retried", &m.deadLettered: "dead_lettered",
		&m.duplicate: "duplicate", &m.handedBack: "handed_back",
	} {
		*option = set(attribute.String("outcome", outcome))
	}
	m.handle = set(attribute.String("step", "handle"))
	m.publish = set(attribute.String("step", "publish"))
	return &m, errors.Join(errs[:]...)
}

func (m *metrics) took(ctx context.Context, step metric.MeasurementOption, since time.Time) {
	m.duration.Record(ctx, time.Since(since).Seconds(), step)
}
