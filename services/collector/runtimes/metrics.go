package runtimes

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"

	"github.com/weirsec/weir/services/collector/runtimes/facts"
)

// What becomes of a question or an answer, as the metrics call it.
const (
	// outcomeTold is a record handed over.
	outcomeTold = "told"
	// outcomeNotFound is a new cgroup of which the runtime knows no container.
	outcomeNotFound = "not_found"
	// outcomeFailed is a question that the runtime did not answer.
	outcomeFailed = "failed"
	// outcomeRateLimited is a new cgroup not asked about, as there are too many.
	outcomeRateLimited = "rate_limited"
	// outcomeQueueFull is a change that came faster than it could be asked
	// about, or a record that the collector had no room for.
	outcomeQueueFull = "queue_full"
	// outcomeBadID is a container with an id that no runtime gives.
	outcomeBadID = "bad_id"
	// outcomeTextCut and outcomeLabelLeftOut count texts and labels.
	outcomeTextCut      = "text_cut"
	outcomeLabelLeftOut = "label_left_out"
)

// metrics counts what came of the runtimes' answers.
type metrics struct{ outcomes metric.Int64Counter }

func newMetrics(m metric.Meter) (*metrics, error) {
	if m == nil {
		m = noop.NewMeterProvider().Meter("")
	}
	c, err := m.Int64Counter("weir.collector.containers",
		metric.WithDescription("What was learnt of containers from their runtimes, and what was not, by outcome"),
		metric.WithUnit("{container}"))
	if err != nil {
		return nil, fmt.Errorf("container runtimes: metrics: %w", err)
	}
	return &metrics{c}, nil
}

func (m *metrics) count(outcome string, n int) {
	if n > 0 {
		m.outcomes.Add(context.Background(), int64(n), metric.WithAttributes(attribute.String("outcome", outcome)))
	}
}

func (m *metrics) cut(c facts.Cut) {
	m.count(outcomeTextCut, c.Texts)
	m.count(outcomeLabelLeftOut, c.Labels)
}
