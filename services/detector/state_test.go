package detector

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"go.opentelemetry.io/otel/sdk/metric"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/golang"
	"github.com/weirsec/weir/services/detector/source"
	"github.com/weirsec/weir/signatures/sdk"
)

// numbering tells how often each path was opened, and by which container's
// process tree.
type numbering struct{ goSignature }

func (numbering) State() []sdk.StateSpec { return []sdk.StateSpec{{Name: "opens", TTL: time.Hour}} }

func numberingOpens() numbering {
	return numbering{goSignature{"numbering", func(c *sdk.Context, e *event.Event) error {
		path, _ := e.String("pathname")
		opens := c.State("opens")
		before, _ := opens.Get(path)
		opens.Put(path, before+"|")
		tree, ok := c.DataSource("tracee", "process_tree")
		c.Report(map[string]any{"n": before + "|", "path": path, "tree": ok && tree.Version() == 1})
		return nil
	}}}
}

// What a signature remembers survives a swap, and is copied from memory that
// the next batch uses again.
func TestStateOverSwaps(t *testing.T) {
	registry, err := source.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	set := func(more ...sdk.Signature) *engine.Set {
		programs := []engine.Program{golang.New(numberingOpens())}
		for _, s := range more {
			programs = append(programs, golang.New(s))
		}
		return engine.NewSet(programs, engine.Limits{}, engine.WithSources(registry))
	}
	d, h, _ := start(t, set(), stage.Settings{})
	for i, want := range []string{"|", "||", "|||"} {
		outputs, err := h.Handle(t.Context(), message(t, opens("/etc/passwd", "/etc/shadow", "/etc/group")))
		if err != nil || len(outputs) != 3 {
			t.Fatal(len(outputs), err)
		}
		for _, made := range decoded(t, outputs) {
			data, ok := made.Finding.Data.(map[string]any)
			if !ok || data["n"] != want || data["tree"] != true {
				t.Errorf("batch %d: %v, want %q", i, made.Finding.Data, want)
			}
		}
		d.Swap(set(goSignature{"other", func(*sdk.Context, *event.Event) error { return nil }}))
	}
}

// counted returns what numbering tells of outputs.
func counted(t *testing.T, outputs []stage.Output) []string {
	t.Helper()
	var list []string
	for _, made := range decoded(t, outputs) {
		data, ok := made.Finding.Data.(map[string]any)
		if !ok {
			t.Fatalf("data %v", made.Finding.Data)
		}
		n, _ := data["n"].(string)
		list = append(list, n)
	}
	return list
}

// A message that comes again, whole or in part, counts once, is not evaluated
// by another set, and gives the same bytes.
func TestMessagesThatComeAgain(t *testing.T) {
	reader := metric.NewManualReader()
	provider := metric.NewMeterProvider(metric.WithReader(reader))
	cut := make(chan context.CancelFunc, 1)
	stopping := goSignature{"stopping", func(*sdk.Context, *event.Event) error {
		select {
		case cancel := <-cut:
			cancel()
		default:
		}
		return nil
	}}
	d, h, _ := start(t, goSet(numberingOpens(), stopping), stage.Settings{Meter: provider.Meter("test")})
	in := message(t, opens("/a", "/a", "/b"))
	in.StreamSeq = 7
	first, err := h.Handle(t.Context(), in)
	if err != nil || len(first) != 3 {
		t.Fatal(len(first), err)
	}
	d.Swap(goSet(numberingOpens(), stopping))
	in.Delivered = 2
	again, err := h.Handle(t.Context(), in)
	if err != nil || len(again) != 3 {
		t.Fatal(len(again), err)
	}
	for i := range first {
		if again[i].ID != first[i].ID || !bytes.Equal(again[i].Data, first[i].Data) {
			t.Errorf("output %d differs when it is made again", i)
		}
	}
	// Cut short after the first event, then going on where it was.
	in.StreamSeq, in.Delivered = 8, 1
	ctx, cancel := context.WithCancel(t.Context())
	cut <- cancel
	if outputs, err := h.Handle(ctx, in); !errors.Is(err, context.Canceled) {
		t.Fatal(len(outputs), err)
	}
	in.Delivered = 2
	last, err := h.Handle(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"|||", "||||", "||"} {
		if got := counted(t, last); len(got) != 3 || got[i] != want {
			t.Errorf("event %d of the last message: %q, want %q", i, got, want)
		}
	}
	// Another message that happens to have the place of the last one, in a
	// stream that was made anew, is evaluated.
	in.Delivered, in.ID = 1, "another"
	if outputs, err := h.Handle(t.Context(), in); err != nil || counted(t, outputs)[0] != "|||||" {
		t.Errorf("another message: %q, %v", counted(t, outputs), err)
	}
	checkMetrics(t, reader, map[string]int64{"weir.detector.events": 9, "weir.detector.evaluations numbering": 9})
}
