package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weirsec/weir/internal/bus"
)

const (
	// burners is how many dear signatures there are, and burntHashes how often
	// each of them hashes for one event.
	burners, burntHashes = 16, 1
	// burntEvery is how many opens there are for one detection.
	burntEvery = 128
)

// burning writes signatures whose evaluation is nearly all of an event's cost:
// each hashes the path, and the hash has a part in the decision. None of them
// ever matches; beside them is a cheap one that finds watched files. They are
// many, as one that is as dear as all of them might be stopped for its cost where
// it has to wait for a processor.
func burning(t testing.TB) string {
	t.Helper()
	dir := signatures(t, watchRego)
	for i := range burners {
		hash := strings.Repeat("crypto.sha256(", burntHashes) + "path" + strings.Repeat(")", burntHashes)
		name := fmt.Sprint("burn", i)
		text := strings.NewReplacer("Watch", name, `"watch"`, `"`+name+`"`, `endswith(path, "`+watchedMark+`")`,
			fmt.Sprintf("h := %s\n\tendswith(concat(\"\", [h, path]), \"-never-%d\")", hash, i)).Replace(watchRego)
		if err := os.WriteFile(filepath.Join(dir, name+".rego"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// benchSecond compares two detectors with one, in turn, where signatures cost
// nearly everything: their events wait in WEIR_EVENTS, and nobody else works.
func benchSecond(b *testing.B, p programs) {
	dir := burning(b)
	// A detector has one core, so that a second one is a second core. It collects
	// garbage less often, as whoever waits for that on one core waits for all
	// partitions.
	p.env = []string{"GOMAXPROCS=1", "GOGC=400"}
	f := newFarm(b, p, alike(burntEvery))
	var one, two rounds
	var gains []float64
	for b.Loop() {
		a, c := f.burn(b, dir, 1, burntBatches), f.burn(b, dir, 2, burntBatches)
		one, two, gains = append(one, a), append(two, c), append(gains, c.rate()/a.rate())
	}
	b.ReportMetric(one.median(spent.rate), "one-events/s")
	b.ReportMetric(two.median(spent.rate), "two-events/s")
	for who, rounds := range map[string]rounds{"one": one, "two": two} {
		b.ReportMetric(rounds.median(plainCPU), who+"-cpu-ns/event")
		// How many processors there were to be had: other programs may have some.
		b.ReportMetric(rounds.median(func(s spent) float64 { return s.perEvent("detector") * s.rate() / 1e9 }), who+"-cores")
	}
	b.ReportMetric(medianOf(gains), "x-one")
}

// burn has n detectors work through a new round of events, so many batches of each
// node.
func (f *farm) burn(t testing.TB, signatures string, n, batches int) (s spent) {
	t.Helper()
	f.publish(t, batches)
	f.enrichAll(t)
	var detectors []*program
	s = f.measure(t, func() { detectors = f.run(t, "detector", n, "--signatures", signatures) }, bus.StreamEvents)
	f.end(t, detectors...)
	if got := len(f.detected(t)); got != f.findings {
		t.Errorf("%d detections of %d", got, f.findings)
	}
	return s
}

// enrichAll has all raw messages enriched.
func (f *farm) enrichAll(t testing.TB) {
	t.Helper()
	enricher := f.run(t, "enricher", 1)
	f.measure(t, func() {}, bus.StreamRaw)
	f.end(t, enricher...)
}
