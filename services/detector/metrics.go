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
	evicted, unlinked                     metric.Int64ObservableCounter
	seconds                               metric.Float64ObservableCounter
	quarantined, entries                  metric.Int64ObservableGauge
	registration                          metric.Registration

	mu sync.Mutex
	// retired are the counts of sets that were swapped out, by signature id:
	// a counter must not fall.
	retired map[string]totals
	// tooDeep and tooMany are those of their findings that did not become
	// events.
	tooDeep, tooMany uint64
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
	gauge := func(name, unit, text string) metric.Int64ObservableGauge {
		g, err := meter.Int64ObservableGauge(name, metric.WithUnit(unit), metric.WithDescription(text))
		failure = keep(failure, err)
		return g
	}
	m.events = counter("weir.detector.events", "{event}", "Events that were evaluated, in batches that were finished")
	m.undecodable = counter("weir.detector.undecodable", "{message}", "Messages that are no batch")
	m.evaluations = observed("weir.detector.evaluations", "{evaluation}", "Events delivered to each signature")
	m.matches = observed("weir.detector.matches", "{match}", "Matches of each signature")
	m.errors = observed("weir.detector.errors", "{error}", "Evaluations of each signature that failed")
	m.skipped = observed("weir.detector.skipped", "{event}", "Events not delivered to a signature in quarantine")
	m.forgotten = observed("weir.detector.correlation.forgotten", "{match}",
		"Matches, and groups of matches, that the correlation of a signature left out, by reason")
	m.evicted = observed("weir.detector.state.evicted", "{entry}",
		"Entries of each signature's state that had to go before their time, by reason")
	m.unlinked = observed("weir.detector.findings.unlinked", "{finding}",
		"Findings that did not become events for signatures that select them, by reason")
	m.entries = gauge("weir.detector.state.entries", "{entry}", "Entries of each signature's state")
	m.quarantined = gauge("weir.detector.quarantined", "{signature}",
		"1 for a signature that was taken out for its faults, with the reason")
	var err error
	m.seconds, err = meter.Float64ObservableCounter("weir.detector.evaluation.time", metric.WithUnit("s"),
		metric.WithDescription("Time spent in each signature, projected from a sample"))
	failure = keep(failure, err)
	if failure != nil {
		return nil, failure
	}
	m.registration, err = meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		m.observe(o, current())
		return nil
	}, m.evaluations, m.matches, m.errors, m.skipped, m.forgotten, m.evicted, m.unlinked, m.seconds, m.quarantined, m.entries)
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
		m.retired[id] = t.past()
	}
	tooDeep, tooMany := set.Unlinked()
	m.tooDeep += tooDeep
	m.tooMany += tooMany
}

// sum returns the counts of a set by id, with those of the past.
func (m *metrics) sum(set *engine.Set) map[string]totals {
	all := maps.Clone(m.retired)
	for _, s := range set.Stats() {
		t := all[s.Signature.Metadata.ID]
		t.add(s)
		all[s.Signature.Metadata.ID] = t
	}
	return all
}

func (m *metrics) observe(o metric.Observer, set *engine.Set) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, t := range m.sum(set) {
		signature := attribute.String("signature", id)
		o.ObserveInt64(m.evaluations, int64(t.events), metric.WithAttributes(signature))
		o.ObserveInt64(m.matches, int64(t.matches), metric.WithAttributes(signature))
		o.ObserveInt64(m.errors, int64(t.errors), metric.WithAttributes(signature))
		o.ObserveInt64(m.skipped, int64(t.skipped), metric.WithAttributes(signature))
		o.ObserveFloat64(m.seconds, t.seconds, metric.WithAttributes(signature))
		o.ObserveInt64(m.quarantined, t.quarantined(), metric.WithAttributes(t.reasoned(signature)...))
		for why, n := range t.forgotten.ByReason() {
			o.ObserveInt64(m.forgotten, int64(n), metric.WithAttributes(signature, reason(why)))
		}
		if t.stateful {
			o.ObserveInt64(m.entries, t.entries, metric.WithAttributes(signature))
			o.ObserveInt64(m.evicted, int64(t.full), metric.WithAttributes(signature, reason("full")))
			o.ObserveInt64(m.evicted, int64(t.overweight), metric.WithAttributes(signature, reason("overweight")))
		}
	}
	tooDeep, tooMany := set.Unlinked()
	o.ObserveInt64(m.unlinked, int64(m.tooDeep+tooDeep), metric.WithAttributes(reason("depth")))
	o.ObserveInt64(m.unlinked, int64(m.tooMany+tooMany), metric.WithAttributes(reason("count")))
}

func (m *metrics) close() error {
	if err := m.registration.Unregister(); err != nil {
		return fmt.Errorf("detector: unregister metrics: %w", err)
	}
	return nil
}
