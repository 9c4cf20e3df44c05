package source

import (
	"context"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// questionOutcome is what became of a question to the enrichers.
type questionOutcome int

// The outcomes, and how metrics call them.
const (
	questionAnswered questionOutcome = iota
	questionNotFound
	questionRefused
	questionFailed
	questionUnreadable
	// questionDropped was not asked: too many waited.
	questionDropped
	questionOutcomes
)

// String is the outcome as metrics call it.
func (o questionOutcome) String() string {
	return [questionOutcomes]string{"answered", "not_found", "refused", "unavailable", "unreadable", "queue_full"}[o]
}

// questions counts them.
type questions [questionOutcomes]atomic.Uint64

func (q *questions) add(o questionOutcome) { q[o].Add(1) }

// measure makes metrics of the counters.
func (m *Misses) measure(meter metric.Meter) error {
	if meter == nil {
		return nil
	}
	lookups, err := meter.Int64ObservableCounter("weir.detector.datasource.lookups", metric.WithUnit("{lookup}"),
		metric.WithDescription("Look-ups of signatures in Weir's own data sources, by who answered"))
	if err != nil {
		return err
	}
	asked, err := meter.Int64ObservableCounter("weir.detector.datasource.questions", metric.WithUnit("{question}"),
		metric.WithDescription("Questions to enrichers about what was not known, by outcome"))
	if err != nil {
		return err
	}
	forgotten, err := meter.Int64ObservableCounter("weir.detector.datasource.forgotten", metric.WithUnit("{entry}"),
		metric.WithDescription("What was forgotten for want of memory: whole nodes, answers"))
	if err != nil {
		return err
	}
	m.registration, err = meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		by := func(key, value string) metric.MeasurementOption {
			return metric.WithAttributes(attribute.String(key, value))
		}
		for i := range m.counts.lookups {
			o.ObserveInt64(lookups, int64(m.counts.lookups[i].Load()), by("outcome", outcome(i).String()))
		}
		for i := range m.asked {
			o.ObserveInt64(asked, int64(m.asked[i].Load()), by("outcome", questionOutcome(i).String()))
		}
		o.ObserveInt64(forgotten, int64(m.counts.forgotten.Load()), by("kind", "node"))
		m.mu.Lock()
		defer m.mu.Unlock()
		o.ObserveInt64(forgotten, int64(m.answers.Evicted()), by("kind", "answer"))
		return nil
	}, lookups, asked, forgotten)
	return err
}
