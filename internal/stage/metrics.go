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
	// checkpoints and replayed are about what handlers remember, owned counts the
	// partitions of this instance.
	checkpoints, checkpointBytes, replayed metric.Int64Counter
	owned                                  metric.Int64Gauge

	base, acked, retried, deadLettered, duplicate, handedBack metric.MeasurementOption
	handle, publish, catchUp                                  metric.MeasurementOption
	stored, superseded, unstored                              metric.MeasurementOption
}

func newMetrics(meter metric.Meter, cfg Config) (*metrics, error) {
	var m metrics
	var errs [8]error
	m.messages, errs[0] = meter.Int64Counter("weir.stage.messages", metric.WithUnit("{message}"),
		metric.WithDescription("Messages that a stage took, by outcome"))
	m.outputs, errs[1] = meter.Int64Counter("weir.stage.outputs", metric.WithUnit("{message}"),
		metric.WithDescription("Messages that a stage published"))
	m.duration, errs[2] = meter.Float64Histogram("weir.stage.duration", metric.WithUnit("s"),
		metric.WithDescription("Time for one message, by step"),
		metric.WithExplicitBucketBoundaries(.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5))
	m.panics, errs[3] = meter.Int64Counter("weir.stage.panics", metric.WithUnit("{panic}"),
		metric.WithDescription("Panics of handlers that were caught"))
	m.checkpoints, errs[4] = meter.Int64Counter("weir.stage.checkpoints", metric.WithUnit("{checkpoint}"),
		metric.WithDescription("Checkpoints of what handlers remember, by outcome"))
	m.checkpointBytes, errs[5] = meter.Int64Counter("weir.stage.checkpoint.size", metric.WithUnit("By"),
		metric.WithDescription("Size of the checkpoints that were stored, before compression"))
	m.replayed, errs[6] = meter.Int64Counter("weir.stage.replayed", metric.WithUnit("{message}"),
		metric.WithDescription("Messages that were handled once more for what the handler remembers of them"))
	m.owned, errs[7] = meter.Int64Gauge("weir.stage.partitions", metric.WithUnit("{partition}"),
		metric.WithDescription("Partitions that this instance owns"))
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
		&m.stored: "stored", &m.superseded: "superseded", &m.unstored: "failed",
	} {
		*option = set(attribute.String("outcome", outcome))
	}
	m.handle = set(attribute.String("step", "handle"))
	m.catchUp = set(attribute.String("step", "catch_up"))
	m.publish = set(attribute.String("step", "publish"))
	return &m, errors.Join(errs[:]...)
}

func (m *metrics) took(ctx context.Context, step metric.MeasurementOption, since time.Time) {
	m.duration.Record(ctx, time.Since(since).Seconds(), step)
}
