package bus

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// metrics are the counters of a connection.
type metrics struct {
	// published counts messages that the broker has; duplicates of them those
	// it had already; retries further attempts; errors what went wrong beside.
	published, duplicates, retries, skipped, errors metric.Int64Counter
	// questions counts those to data sources that were answered or refused here.
	questions metric.Int64Counter
}

func newMetrics(meter metric.Meter) (*metrics, error) {
	var m metrics
	var errs []error
	counter := func(to *metric.Int64Counter, name, text string) {
		c, err := meter.Int64Counter(name, metric.WithDescription(text), metric.WithUnit("{message}"))
		*to, errs = c, append(errs, err)
	}
	counter(&m.published, "weir.bus.published", "Messages acknowledged by the broker")
	counter(&m.duplicates, "weir.bus.duplicates", "Published messages that the broker had already")
	counter(&m.retries, "weir.bus.retries", "Repeated attempts to publish, by reason")
	counter(&m.skipped, "weir.bus.skipped", "Messages that could not be read, by reason")
	counter(&m.errors, "weir.bus.errors", "Errors of the connection, by reason")
	counter(&m.questions, "weir.bus.datasource.questions", "Questions to data sources, by source and outcome: answered, or the code of the refusal")
	return &m, errors.Join(errs...)
}

// reason makes the attribute set that says why.
func reason(why string) metric.MeasurementOption {
	return metric.WithAttributes(attribute.String("reason", why))
}

// outcomeAnswered is the outcome of a question that was not refused.
const outcomeAnswered = "answered"

// question counts a question to a data source.
func (m *metrics) question(ctx context.Context, e DataSourceEndpoint, outcome string) {
	m.questions.Add(ctx, 1, metric.WithAttributes(
		attribute.String("source", e.Namespace+"/"+e.ID), attribute.String("outcome", outcome)))
}
