package bench

import (
	"bytes"
	"strings"
	"testing"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/schemas/event"
)

// once is a loop of one turn.
func once() func() bool {
	done := false
	return func() bool {
		first := !done
		done = true
		return first
	}
}

// The benchmarks do what they say: a recording gives exactly its findings, each
// stage works through everything, and no open is missing without a count.
func TestBenchmarks(t *testing.T) {
	t.Run("replay", func(t *testing.T) {
		p := newPlayer(t, "rego")
		p.play(t, p.record(t, 25))
		p.stop(t)
		if n := p.line.stored(t, bus.StreamFindings); n != 25*batchEvents/watchedEvery {
			t.Errorf("%d findings of %d opens, one in %d watched", n, 25*batchEvents, watchedEvery)
		}
	})
	t.Run("plain", func(t *testing.T) {
		if c := plainCost(t, 2); c.items != 2*batchEvents || c.cpu <= 0 || c.wall <= 0 {
			t.Errorf("%+v", c)
		}
	})
	t.Run("stages", func(t *testing.T) {
		c := lastStage(t, once(), 2, "enricher", "all", "notifier")
		if c.items != 2*batchEvents || c.cpu <= 0 {
			t.Errorf("%+v", c)
		}
	})
	t.Run("records", func(t *testing.T) {
		l := newLine(t, 1)
		messages := append(new(recorder).messages(t, 1), (&recorder{lsm: true, seq: batchEvents}).messages(t, 1)...)
		if err := l.conn.PublishAll(t.Context(), messages); err != nil {
			t.Fatal(err)
		}
		l.work(t, l.enricher(t))
		if got := l.paths(t); got["openat"] != batchEvents || got["security_file_open"] != batchEvents {
			t.Errorf("events with a path: %v, want %d of each", got, batchEvents)
		}
	})
	t.Run("mix", func(t *testing.T) {
		m := newMixer("node-1", 1, 50)
		again := newMixer("node-1", 1, 50)
		l := newLine(t, 4)
		messages := m.messages(t, 3)
		for i, message := range again.messages(t, 3) {
			if !bytes.Equal(message.Data, messages[i].Data) {
				t.Fatalf("batch %d is another one the second time", i)
			}
		}
		if err := l.conn.PublishAll(t.Context(), messages); err != nil {
			t.Fatal(err)
		}
		l.work(t, l.enricher(t))
		sum, boxes, marks := 0, map[string]bool{}, 0
		kinds := map[string]int{}
		l.events(t, func(e *event.Event) {
			sum++
			kinds[e.Shape.Name]++
			boxes[e.Context.Container.Name] = true
			if path, _ := e.String("pathname"); strings.HasSuffix(path, watchedMark) {
				marks++
			}
			if e.Context.ProcessStatus != event.StatusResolved && e.Hook != "runtime" && e.Hook != "iter" {
				t.Errorf("%s of an unknown process", e.Shape.Name)
			}
		})
		if sum != int(m.sent()) || marks != int(m.marks()) || marks == 0 || len(boxes) < mixBoxes || len(kinds) < len(mix) {
			t.Errorf("%d events of %d, %d watched of %d, containers %v, %v", sum, m.sent(), marks, m.marks(), boxes, kinds)
		}
	})
	t.Run("collector", func(t *testing.T) {
		r := newRingReader(t)
		r.round(t, 500)
		r.stop(t)
		if r.cost.items < 500 {
			t.Errorf("%d events, want at least 500", r.cost.items)
		}
	})
	t.Run("pipeline", func(t *testing.T) {
		o := observe(t, "go")
		o.round(t, 1000, 0)
		took := o.singles(t)
		a := o.stop(t)
		a.check(t, o.performed)
		if want := 1000/watchedEvery + o.ends + len(took); a.findings != want && a.lost == 0 {
			t.Errorf("%d findings, want %d", a.findings, want)
		}
	})
}
