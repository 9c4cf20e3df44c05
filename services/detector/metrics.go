package detector

import (
	"context"
	"fmt"
	"maps"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"

	"github.com/weirsec/weir/services/detector/engine"
)

// metrics counts what the detector does. What signatures do is counted by their
// set and read from there, so that evaluating costs no more for it.
type metrics struct {
	events, undecodable                   metric.Int64Counter
	evaluations, matches, errors, skipped metric.Int64ObservableCounter
	forgotten                             metric.Int64ObservableCounter
	seconds                               metric.Float64ObservableCounter
	quarantined                           metric.Int64ObservableGauge
	registration                          metric.Registration

	mu sync.Mutex
	// retired are the counts of sets that were swapped out, by signature id:
	// a counter must not fall.
	retired map[string]totals
}

// totals are the counts of one signature.
type totals struct {
	events, matches, errors, skipped uint64
	seconds                          float64
	quarantined                      int64
	forgotten                        engine.Forgotten
}

func newMetrics(meter metric.Meter, current func() *engine.Set) (*metrics, error) {
	if meter == nil {
		meter = noop.NewMeterProvider().Meter("")
	}
	m := &metrics{retired: make(map[string]totals)}
	var failure error
	counter := func(name, unit, text string) metric.Int64Counter {
		c, err := meter.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(text))
		failure = keep(failure, err)
		return c
	}
	observed := func(name, unit, text string) metric.Int64ObservableCounter {
		c, err := meter.Int64ObservableCounter(name, metric.WithUnit(unit), metric.WithDescription(text))
		failure = keep(failure, err)
		return c
	}
	m.events = counter("weir.detector.events", "{event}", "Events that were evaluated, in batches that were finished")
	m.undecodable = counter("weir.detector.undecodable", "{message}", "Messages that are no batch")
	m.evaluations = observed("weir.detector.evaluations", "{evaluation}", "Events delivered to each signature")
	m.matches = observed("weir.detector.matches", "{match}", "Matches of each signature")
	m.errors = observed("weir.detector.errors", "{error}", "Evaluations of each signature that failed")
	m.skipped = observed("weir.detector.skipped", "{event}", "Events not delivered to a signature in quarantine")
	m.forgotten = observed("weir.detector.correlation.forgotten", "{match}",
		"Matches, and groups of matches, that the correlation of a signature left out, by reason")
	var err error
	m.seconds, err = meter.Float64ObservableCounter("weir.detector.evaluation.time", metric.WithUnit("s"),
		metric.WithDescription("Time spent in each signature, projected from a sample"))
	failure = keep(failure, err)
	m.quarantined, err = meter.Int64ObservableGauge("weir.detector.quarantined", metric.WithUnit("{signature}"),
		metric.WithDescription("1 for a signature that was taken out for its faults"))
	failure = keep(failure, err)
	if failure != nil {
		return nil, failure
	}
	m.registration, err = meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		m.observe(o, current())
		return nil
	}, m.evaluations, m.matches, m.errors, m.skipped, m.forgotten, m.seconds, m.quarantined)
	if err != nil {
		return nil, fmt.Errorf("register metrics: %w", err)
	}
	return m, nil
}

// keep returns the first error.
func keep(first, next error) error {
	if first != nil || next == nil {
		return first
	}
	return fmt.Errorf("make a metric: %w", next)
}

// retire adds the counts of a set that is swapped out to the past. What its
// last batches still count after this is not in the metrics.
func (m *metrics) retire(set *engine.Set) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, t := range m.sum(set) {
		t.quarantined = 0
		m.retired[id] = t
	}
}

// sum returns the counts of a set by id, with those of the past.
func (m *metrics) sum(set *engine.Set) map[string]totals {
	all := maps.Clone(m.retired)
	for _, s := range set.Stats() {
		t := all[s.Signature.Metadata.ID]
		t.events += s.Events
		t.matches += s.Matches
		t.errors += s.Errors
		t.skipped += s.Skipped
		t.forgotten = t.forgotten.Plus(s.Forgotten)
		if s.Sampled > 0 {
			t.seconds += float64(s.Nanos) / float64(s.Sampled) * float64(s.Events) / 1e9
		}
		if s.Signature.Quarantined() {
			t.quarantined = 1
		}
		all[s.Signature.Metadata.ID] = t
	}
	return all
}

func (m *metrics) observe(o metric.Observer, set *engine.Set) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, t := range m.sum(set) {
		signature := metric.WithAttributes(attribute.String("signature", id))
		o.ObserveInt64(m.evaluations, int64(t.events), signature)
		o.ObserveInt64(m.matches, int64(t.matches), signature)
		o.ObserveInt64(m.errors, int64(t.errors), signature)
		o.ObserveInt64(m.skipped, int64(t.skipped), signature)
		o.ObserveFloat64(m.seconds, t.seconds, signature)
		o.ObserveInt64(m.quarantined, t.quarantined, signature)
		for reason, n := range t.forgotten.ByReason() {
			o.ObserveInt64(m.forgotten, int64(n), signature, metric.WithAttributes(attribute.String("reason", reason)))
		}
	}
}

func (m *metrics) close() error {
	if err := m.registration.Unregister(); err != nil {
		return fmt.Errorf("detector: unregister metrics: %w", err)
	}
	return nil
}
