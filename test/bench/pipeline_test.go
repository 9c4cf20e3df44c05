package bench

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/services/collector"
	"github.com/weirsec/weir/services/collector/replay"
)

const (
	// burst is how many opens a child does at once: about half of what the
	// kernel's ring holds.
	burst = 30_000
	// recordedBatches make 25,600 opens, the last of which is watched.
	recordedBatches = 100
	// singles and pause are the events of which the latency is measured.
	singles = 10
	pause   = 20 * time.Millisecond
)

// BenchmarkPipeline is from the kernel's ring to the finding: a child opens
// 30,000 files in a row, every hundredth of them a finding, with all stages at
// work at the same time as the child.
func BenchmarkPipeline(b *testing.B) {
	for _, signatures := range []string{"go", "rego"} {
		b.Run(signatures, func(b *testing.B) {
			o := observe(b, signatures)
			var c cost
			for b.Loop() {
				c.measured(b, func() int { return o.round(b, burst, 0) })
			}
			a := o.stop(b)
			a.check(b, o.performed)
			b.ReportMetric(c.rate(), "events/s")
			b.ReportMetric(c.perItem(), "cpu-ns/event")
			b.ReportMetric(float64(a.lost)/float64(b.N), "lost/op")
			b.ReportMetric(float64(a.all-a.raw)/float64(b.N), "others/op")
		})
	}
}

// BenchmarkReplay is the same with a recording for the kernel, so that it runs
// anywhere.
func BenchmarkReplay(b *testing.B) {
	for _, signatures := range []string{"go", "rego"} {
		b.Run(signatures, func(b *testing.B) {
			p := newPlayer(b, signatures)
			var c cost
			for b.Loop() {
				var recording *bytes.Buffer
				untimed(b, func() { recording = p.record(b, recordedBatches) })
				c.measured(b, func() int { return p.play(b, recording) })
			}
			p.stop(b)
			b.ReportMetric(c.rate(), "events/s")
			b.ReportMetric(c.perItem(), "cpu-ns/event")
		})
	}
}

// BenchmarkLatency is how long a single event takes from the kernel's time to
// the broker's time of the finding; -benchtime 20x gives 200 of them.
func BenchmarkLatency(b *testing.B) {
	o := observe(b, "rego")
	var took []time.Duration
	for b.Loop() {
		took = append(took, o.singles(b)...)
	}
	o.stop(b).check(b, o.performed)
	slices.Sort(took)
	ms := func(share float64) float64 {
		return float64(took[int(share*float64(len(took)-1))].Microseconds()) / 1000
	}
	b.ReportMetric(ms(0.5), "p50-ms")
	b.ReportMetric(ms(0.99), "p99-ms")
	b.ReportMetric(ms(1), "max-ms")
	b.ReportMetric(float64(len(took)), "events")
}

// singles performs a few watched opens with pauses and returns how long the
// finding of each took.
func (o *observed) singles(t testing.TB) (took []time.Duration) {
	t.Helper()
	perform(t, singles, pause, o.watched, o.watched, o.watched)
	o.performed += singles + 1
	if !o.arrivals.until(5*time.Second, func(a arrival) bool {
		if a.path == o.watched {
			took = append(took, a.stored.Sub(a.happened))
		}
		return len(took) == singles+1
	}) {
		t.Fatalf("%d findings of %d", len(took), singles+1)
	}
	return took
}

// player replays recordings into stages at work.
type player struct {
	line     *line
	stages   *running
	arrivals *arrivals
	recorder recorder
	// events and findings are those of the recording that was made last.
	events, findings int
}

func newPlayer(t testing.TB, signatures string) *player {
	t.Helper()
	l := newLine(t, 16)
	return &player{
		line:     l,
		arrivals: l.subscribe(t),
		stages:   l.start(t, l.enricher(t), l.detector(t, signatures), l.notifier(t)),
	}
}

// record makes a recording of n batches.
func (p *player) record(t testing.TB, n int) *bytes.Buffer {
	t.Helper()
	var recording bytes.Buffer
	w := replay.NewWriter(&recording)
	p.events = n * batchEvents
	p.findings = watchedIn(p.recorder.seq, p.events)
	for range n {
		if err := w.Write(p.recorder.batch()); err != nil {
			t.Fatal(err)
		}
	}
	return &recording
}

// play replays a recording and waits for its findings. It returns the number
// of events.
func (p *player) play(t testing.TB, recording *bytes.Buffer) int {
	t.Helper()
	reader, err := replay.NewReader(recording)
	if err != nil {
		t.Fatal(err)
	}
	c, err := collector.New(collector.Config{Node: benchNode, Subject: bus.RawSubject},
		replay.New(reader, replay.Options{}), p.line.conn, p.line.settings)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	came := 0
	if !p.arrivals.until(patience, func(arrival) bool { came++; return came == p.findings }) {
		t.Fatalf("%d findings of %d", came, p.findings)
	}
	return p.events
}

func (p *player) stop(t testing.TB) {
	t.Helper()
	p.stages.drain(t)
	p.stages.stop(t)
	p.arrivals.stop(t)
}
