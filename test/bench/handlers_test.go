package bench

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/stage"
)

// handlerBatches are the batches of each of four nodes.
const handlerBatches = 100

// BenchmarkHandlers is what the enricher and a detector without signatures do with
// a message of what real nodes send, without a broker: decode, enrich, encode.
func BenchmarkHandlers(b *testing.B) {
	var raw []stage.Message
	events := 0
	for i := range uint64(4) {
		m := newMixer("node-"+strconv.FormatUint(i, 10), i, never)
		for _, message := range rawMessages(b, m, handlerBatches) {
			raw = append(raw, stage.Message{ID: message.ID, StreamSeq: uint64(len(raw) + 1), Data: message.Data})
		}
		events += int(m.sent()) //nolint:gosec // small
	}
	l := &line{partitions: 16, settings: stage.Settings{Instance: benchNode}}
	var enriched [16][]stage.Message
	b.Run("enricher", func(b *testing.B) {
		b.ReportAllocs()
		var c cost
		for b.Loop() {
			clear(enriched[:])
			h := newHandler(b, l.enricher(b), 0)
			c.measured(b, func() int {
				for _, in := range raw {
					in.Received = time.Now()
					for _, out := range handled(b, h, in) {
						p := partitionOf(b, out)
						enriched[p] = append(enriched[p], stage.Message{
							ID: out.ID, Partition: p, StreamSeq: uint64(len(enriched[p]) + 1), Data: out.Data,
						})
					}
				}
				return events
			})
		}
		b.ReportMetric(c.perItem(), "cpu-ns/event")
		messages := 0
		for _, list := range enriched {
			messages += len(list)
		}
		b.ReportMetric(float64(messages)/float64(len(raw)), "messages/batch")
	})
	b.Run("detector", func(b *testing.B) {
		b.ReportAllocs()
		var c cost
		for b.Loop() {
			for p, list := range enriched {
				h := newHandler(b, l.detector(b, "other"), p)
				c.measured(b, func() int {
					for _, in := range list {
						in.Received = time.Now()
						handled(b, h, in)
					}
					return 0
				})
			}
			c.items += events
		}
		b.ReportMetric(c.perItem(), "cpu-ns/event")
	})
}

func newHandler(t testing.TB, cfg stage.Config, partition int) stage.Handler {
	t.Helper()
	h, err := cfg.NewHandler(partition)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func handled(t testing.TB, h stage.Handler, in stage.Message) []stage.Output {
	t.Helper()
	out, err := h.Handle(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// partitionOf is the partition that a message goes to.
func partitionOf(t testing.TB, out stage.Output) int {
	t.Helper()
	var p int
	if _, err := fmt.Sscanf(out.Subject, "weir.events.%d.", &p); err != nil {
		t.Fatal(err)
	}
	return p
}
