package bench

import (
	"fmt"
	"slices"
	"testing"

	"github.com/weirsec/weir/internal/bus"
)

const (
	// rareEvery is how many opens there are for one finding where findings are to
	// be no part of the cost.
	rareEvery = 2000
	// never is for no findings at all.
	never = 1 << 40
	// scaleBatches are those of each of the nodes in one round, burntBatches where
	// evaluation is dear: so many that sharing out the partitions at the start is a
	// small part of it. movingBatches are enough for detectors to come and go.
	scaleBatches, burntBatches, movingBatches = 16, 5, 1
)

// watchNothing is a signature that none of the events concerns.
const watchNothing = `package tracee.Nothing
__rego_metadoc__ := {"id": "nothing", "version": "1", "eventName": "nothing", "properties": {"Severity": 1}}
tracee_selected_events[s] { s := {"source": "tracee", "name": "ptrace"} }
tracee_match { input.eventName == "ptrace" }
`

// BenchmarkScale is the stages as programs of their own, the broker another
// process, and 64 nodes whose batches wait in WEIR_RAW.
func BenchmarkScale(b *testing.B) {
	p := buildPrograms(b)
	for _, n := range []int{1, 2, 4} {
		b.Run(fmt.Sprint("detectors=", n), func(b *testing.B) { benchDetectors(b, p, n) })
	}
	b.Run("overhead", func(b *testing.B) { benchOverhead(b, p, mixed) })
	b.Run("overhead-alike", func(b *testing.B) { benchOverhead(b, p, alike) })
	b.Run("second-detector", func(b *testing.B) { benchSecond(b, p) })
}

// benchDetectors is from WEIR_RAW to WEIR_FINDINGS with n detectors.
func benchDetectors(b *testing.B, p programs, n int) {
	f := newFarm(b, p, alike(rareEvery))
	f.run(b, "notifier", 1)
	f.run(b, "detector", n, "--signatures", signatures(b, watchRego))
	var all rounds
	for b.Loop() {
		all = append(all, f.round(b, scaleBatches))
	}
	all.report(b, "broker", "enricher", "detector", "notifier")
}

// round is from WEIR_RAW to WEIR_FINDINGS.
func (f *farm) round(t testing.TB, batches int) (s spent) {
	t.Helper()
	untimed(t, func() { f.publish(t, batches) })
	var enricher []*program
	s = f.measure(t, func() { enricher = f.run(t, "enricher", 1) }, bus.StreamRaw, bus.StreamEvents, bus.StreamDetections)
	untimed(t, func() {
		f.end(t, enricher...)
		if n := f.line.stored(t, bus.StreamFindings); n != f.findings {
			t.Errorf("%d findings of %d", n, f.findings)
		}
	})
	return s
}

// benchOverhead is what everything but signatures costs: each hop alone, and all
// at once, against the broker's client alone with the same bytes.
func benchOverhead(b *testing.B, p programs, nodes func(every uint64) []feed) {
	nothing := signatures(b, watchNothing)
	var enricher, detector, all rounds
	var plain, ordered both
	for b.Loop() {
		f := newFarm(b, p, nodes(never))
		f.publish(b, scaleBatches)
		var one []*program
		enricher = append(enricher, f.measure(b, func() { one = f.run(b, "enricher", 1) }, bus.StreamRaw))
		f.end(b, one...)
		plain.add(b, f, false)
		ordered.add(b, f, true)
		f.sizes(b)
		detector = append(detector, f.measure(b, func() { one = f.run(b, "detector", 1, "--signatures", nothing) }, bus.StreamEvents))
		f.run(b, "notifier", 1)
		all = append(all, f.round(b, scaleBatches))
	}
	all.report(b, "broker", "enricher", "detector", "notifier")
	b.ReportMetric(enricher.median(plainCPU), "hop-enricher-ns/event")
	b.ReportMetric(detector.median(plainCPU), "hop-detector-ns/event")
	b.ReportMetric(enricher.median(plainCPU)/plain.raw.median(plainCPU), "hop-enricher-x-plain")
	b.ReportMetric(detector.median(plainCPU)/plain.events.median(plainCPU), "hop-detector-x-plain")
	b.ReportMetric(enricher.median(spent.rate)/plain.raw.median(spent.rate), "hop-enricher-rate")
	b.ReportMetric(detector.median(spent.rate)/plain.events.median(spent.rate), "hop-detector-rate")
	plain.report(b, "plain", all)
	ordered.report(b, "ordered", all)
}

// both are what the broker's client alone takes for both hops.
type both struct{ raw, events rounds }

func (p *both) add(b *testing.B, f *farm, ordered bool) {
	p.raw = append(p.raw, f.plain(b, bus.StreamRaw, ordered))
	p.events = append(p.events, f.plain(b, bus.StreamEvents, ordered))
}

// report compares all stages with it.
func (p *both) report(b *testing.B, name string, all rounds) {
	b.ReportMetric(p.raw.median(plainCPU), name+"-raw-ns/event")
	b.ReportMetric(p.events.median(plainCPU), name+"-events-ns/event")
	rate := 1 / (1/p.raw.median(spent.rate) + 1/p.events.median(spent.rate))
	b.ReportMetric(rate, name+"-events/s")
	b.ReportMetric(all.median(spent.rate)/rate, "rate-of-"+name)
}

// rounds are measurements of the same thing.
type rounds []spent

func plainCPU(s spent) float64 { return s.perEvent("") }

func (r rounds) median(of func(spent) float64) float64 {
	var all []float64
	for _, s := range r {
		all = append(all, of(s))
	}
	return medianOf(all)
}

func medianOf(all []float64) float64 {
	slices.Sort(all)
	return (all[(len(all)-1)/2] + all[len(all)/2]) / 2
}

// report reports the medians of the rounds.
func (r rounds) report(b *testing.B, parts ...string) {
	b.Helper()
	b.ReportMetric(r.median(spent.rate), "events/s")
	b.ReportMetric(r.median(plainCPU), "cpu-ns/event")
	for _, who := range parts {
		b.ReportMetric(r.median(func(s spent) float64 { return s.perEvent(who) }), who+"-ns/event")
	}
}
