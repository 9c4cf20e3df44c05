package bench

import (
	"strconv"
	"testing"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/record"
)

const (
	// stageBatches are the batches that one stage works through at a time.
	stageBatches = 40
	// findingBatches are those of which every event becomes a finding.
	findingBatches = 4
	// ringOpens fit into the kernel's ring.
	ringOpens = 20_000
)

// BenchmarkStages is what each stage costs by itself: it works alone through
// what waits for it, and what the process uses meanwhile is its own cost and
// the broker's for it. "x-plain" is that divided by what publishing the same
// events and reading them again costs without a stage.
//
// The detector has the shipped signatures on opened files, or one signature
// that looks at every openat, in Go or in Rego; a hundredth of them match.
func BenchmarkStages(b *testing.B) {
	var plain cost
	report := func(b *testing.B, c cost) {
		if plain.items == 0 {
			plain = plainCost(b, stageBatches)
		}
		b.ReportMetric(c.perItem(), "cpu-ns/event")
		b.ReportMetric(c.rate(), "events/s")
		b.ReportMetric(c.perItem()/plain.perItem(), "x-plain")
	}
	b.Run("plain", func(b *testing.B) {
		for b.Loop() {
			plain.add(plainCost(b, stageBatches))
		}
		report(b, plain)
	})
	b.Run("collector", func(b *testing.B) {
		r := newRingReader(b)
		for b.Loop() {
			r.round(b, ringOpens)
		}
		r.stop(b)
		report(b, r.cost)
	})
	for _, c := range []struct {
		name   string
		stages []string
	}{
		{"enricher", []string{"enricher"}},
		{"detector-stable", []string{"enricher", "stable"}},
		{"detector-go", []string{"enricher", "go"}},
		{"detector-rego", []string{"enricher", "rego"}},
	} {
		b.Run(c.name, func(b *testing.B) { report(b, lastStage(b, b.Loop, stageBatches, c.stages...)) })
	}
	b.Run("notifier", func(b *testing.B) {
		c := lastStage(b, b.Loop, findingBatches, "enricher", "all", "notifier")
		b.ReportMetric(c.perItem(), "cpu-ns/finding")
		b.ReportMetric(c.rate(), "findings/s")
	})
}

// plainCost is what it takes to publish batches and to read them again.
func plainCost(t testing.TB, batches int) (c cost) {
	t.Helper()
	var l *line
	var messages []bus.Message
	untimed(t, func() {
		l = newLine(t, 1)
		messages = new(recorder).messages(t, batches)
	})
	c.measured(t, func() int {
		for _, m := range messages {
			if err := l.conn.Publish(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
		l.each(t, bus.StreamRaw, func(bus.Received) {})
		return batches * batchEvents
	})
	return c
}

// lastStage is what the last of the stages costs; those before it only make its
// input. An item is what it reads: an event, or a finding.
func lastStage(t testing.TB, more func() bool, batches int, stages ...string) (c cost) {
	t.Helper()
	l := newLine(t, 1)
	var configs []stage.Config
	for _, name := range stages {
		configs = append(configs, l.stage(t, name))
	}
	before, last := configs[:len(configs)-1], configs[len(configs)-1]
	r := recorder{lsm: stages[len(stages)-1] == "stable"}
	for more() {
		untimed(t, func() {
			if err := l.conn.PublishAll(t.Context(), r.messages(t, batches)); err != nil {
				t.Fatal(err)
			}
			for _, cfg := range before {
				l.work(t, cfg)
			}
		})
		var alone *running
		c.measured(t, func() int {
			alone = l.start(t, last)
			alone.drain(t)
			return batches * batchEvents
		})
		untimed(t, func() { alone.stop(t) })
	}
	return c
}

// stage returns the enricher, the notifier, or the detector with the signatures
// of that name.
func (l *line) stage(t testing.TB, name string) stage.Config {
	t.Helper()
	switch name {
	case "enricher":
		return l.enricher(t)
	case "notifier":
		return l.notifier(t)
	default:
		return l.detector(t, name)
	}
}

// feed is what a node sends.
type feed interface {
	// batch is the next 256 events, or 64 KiB of them.
	batch() *eventpb.RawBatch
	name() string
	// sent is how many events there were so far.
	sent() uint64
	// marks is how many opens were of watched files so far.
	marks() uint64
}

// messages are the next batches as the collector publishes them.
func (r *recorder) messages(t testing.TB, n int) []bus.Message { return rawMessages(t, r, n) }

// rawMessages are the next batches of a feed as the collector publishes them.
func rawMessages(t testing.TB, f feed, n int) (list []bus.Message) {
	t.Helper()
	for range n {
		b := f.batch()
		data, err := record.Marshal(b.Envelope, b.Records)
		if err != nil {
			t.Fatal(err)
		}
		id := f.name() + "/" + strconv.FormatUint(b.Envelope.FirstSeq, 10)
		list = append(list, bus.Message{Subject: bus.RawSubject(f.name()), ID: id, Data: data})
	}
	return list
}
