package detector

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

func TestHandle(t *testing.T) {
	set := regoSet(t, "B", "A")
	_, h, _ := start(t, set, stage.Settings{})
	in := message(t, opens("/etc/passwd", "/etc/group", "/etc/passwd-"))
	outputs, err := h.Handle(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	detections := decoded(t, outputs)
	var got []string
	for i, d := range detections {
		got = append(got, d.Finding.Signature.ID+" "+d.Finding.Events[0])
		if outputs[i].Subject != "weir.detections.3" || outputs[i].ID != d.ID || outputs[i].ContentType != "application/json" {
			t.Errorf("output %+v", outputs[i])
		}
	}
	if want := []string{"A n1/b/1", "B n1/b/1", "A n1/b/3", "B n1/b/3"}; !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	d := detections[0]
	if d.Finding.SetVersion != set.Version() || !d.Finding.Evidence.Complete || d.Node != "n1" {
		t.Errorf("detection %+v", d)
	}
	var stages []string
	for _, s := range d.Stamps {
		stages = append(stages, s.Stage+" "+s.Instance)
	}
	if !slices.Equal(stages, []string{"collector c", "enricher e", "detector detector-0"}) || d.Stamps[2].In != now+4 ||
		d.Stamps[2].Out != d.Made {
		t.Errorf("stamps %+v", d.Stamps)
	}

	// The same message again gives the same ids.
	again, err := h.Handle(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	for i := range outputs {
		if again[i].ID != outputs[i].ID {
			t.Errorf("output %d has another id when it is made again", i)
		}
	}
}

func TestHandleBadMessages(t *testing.T) {
	_, h, _ := start(t, regoSet(t, "A"), stage.Settings{})
	good := message(t, opens("/etc/passwd"))
	for name, data := range map[string][]byte{
		"nothing": nil, "noise": []byte("\xff\x00\x01"), "cut": good.Data[:len(good.Data)/2],
	} {
		if _, err := h.Handle(t.Context(), stage.Message{Data: data}); !stage.IsPermanent(err) {
			t.Errorf("%s: %v, want a permanent error", name, err)
		}
	}
	if outputs, err := h.Handle(t.Context(), good); err != nil || len(outputs) != 1 {
		t.Errorf("after bad messages: %d outputs, %v", len(outputs), err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Handle(ctx, good); !errors.Is(err, context.Canceled) || stage.IsPermanent(err) {
		t.Errorf("stopped: %v", err)
	}
}

func TestSwap(t *testing.T) {
	first, other := regoSet(t, "A"), regoSet(t, "B", "C")
	d, h, _ := start(t, first, stage.Settings{})
	in := message(t, opens("/etc/passwd"))
	if outputs, err := h.Handle(t.Context(), in); err != nil || len(outputs) != 1 {
		t.Fatal(len(outputs), err)
	}
	d.Swap(other)
	d.Swap(other)
	outputs, err := h.Handle(t.Context(), in)
	if err != nil || len(outputs) != 2 || d.Set() != other {
		t.Fatal(len(outputs), err)
	}
	for _, made := range decoded(t, outputs) {
		if made.Finding.SetVersion != other.Version() {
			t.Errorf("set version %s, want %s", made.Finding.SetVersion, other.Version())
		}
	}
}

func TestFaultsAreToldOnce(t *testing.T) {
	broken := goSignature{"broken", func(*sdk.Context, *event.Event) error { return errors.New("no luck") }}
	wild := goSignature{"wild", func(*sdk.Context, *event.Event) error { panic("surprise") }}
	fine := goSignature{"fine", func(c *sdk.Context, _ *event.Event) error { c.Report(nil); return nil }}
	reader := metric.NewManualReader()
	provider := metric.NewMeterProvider(metric.WithReader(reader))
	d, h, text := start(t, goSet(broken, wild, fine), stage.Settings{Meter: provider.Meter("test")})
	outputs, err := h.Handle(t.Context(), message(t, opens("1", "2", "3", "4", "5")))
	// Five findings of the one that is fine, and one of a quarantine.
	if err != nil || len(outputs) != 6 {
		t.Fatalf("%d outputs, %v", len(outputs), err)
	}
	checkQuarantine(t, decoded(t, outputs), "wild", "panic", 3)
	for part, want := range map[string]int{
		"level=WARN": 2, "level=ERROR": 1, "signature=broken": 1, "signature=wild": 2, "panic: surprise": 3, "reason=panic": 1, "no luck": 1,
	} {
		if got := strings.Count(text.String(), part); got != want {
			t.Errorf("%q is logged %d times, want %d:\n%s", part, got, want, text)
		}
	}
	want := map[string]int64{
		"weir.detector.events": 5, "weir.detector.undecodable": 0,
		"weir.detector.evaluations broken": 5, "weir.detector.evaluations wild": 3, "weir.detector.evaluations fine": 5,
		"weir.detector.errors broken": 5, "weir.detector.errors wild": 3, "weir.detector.errors fine": 0,
		"weir.detector.matches fine": 5, "weir.detector.skipped wild": 2,
		"weir.detector.quarantined wild panic": 1, "weir.detector.quarantined fine": 0,
	}
	checkMetrics(t, reader, want)

	// Counters do not fall when the set is swapped, and the quarantine goes on.
	d.Swap(goSet(fine, wild))
	if _, err := h.Handle(t.Context(), message(t, opens("6"))); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Handle(t.Context(), stage.Message{Data: []byte("x")}); err == nil {
		t.Fatal("noise is a batch")
	}
	checkMetrics(t, reader, map[string]int64{
		"weir.detector.events": 6, "weir.detector.undecodable": 1,
		"weir.detector.evaluations broken": 5, "weir.detector.evaluations wild": 3, "weir.detector.matches fine": 6,
		"weir.detector.skipped wild": 3, "weir.detector.quarantined wild panic": 1,
	})
}

// checkMetrics compares numbers by metric and signature; those that are not
// named are not looked at.
func checkMetrics(t *testing.T, reader *metric.ManualReader, want map[string]int64) {
	t.Helper()
	var read metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &read); err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	add := func(name string, points []metricdata.DataPoint[int64]) {
		for _, p := range points {
			key := name
			for _, name := range []attribute.Key{"signature", "reason"} {
				if text, ok := p.Attributes.Value(name); ok {
					key += " " + text.AsString()
				}
			}
			got[key] = p.Value
		}
	}
	for _, scope := range read.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				add(m.Name, data.DataPoints)
			case metricdata.Gauge[int64]:
				add(m.Name, data.DataPoints)
			}
		}
	}
	for key, n := range want {
		if got[key] != n {
			t.Errorf("%s is %d, want %d", key, got[key], n)
		}
	}
}

func TestShippedSignaturesFire(t *testing.T) {
	_, h, _ := start(t, stableSet(t), stage.Settings{})
	var events []event.Event
	for _, text := range []string{
		`{"eventName":"ptrace","args":[{"name":"request","type":"long","value":0}]}`,
		`{"eventName":"sched_process_exec","args":[{"name":"pathname","type":"const char*","value":"memfd:x"}]}`,
		`{"eventName":"security_file_open","executable":{"path":"/tmp/x"},"args":[` +
			`{"name":"pathname","type":"const char*","value":"/etc/shadow"},{"name":"flags","type":"int","value":0}]}`,
		`{"eventName":"security_file_open","args":[` +
			`{"name":"pathname","type":"const char*","value":"/etc/ld.so.preload"},{"name":"flags","type":"int","value":1}]}`,
	} {
		e, err := event.ParseJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		e.Context.Node, e.Context.BootID, e.Seq = "n1", "b", uint64(len(events)+1)
		events = append(events, *e)
	}
	outputs, err := h.Handle(t.Context(), message(t, events))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range decoded(t, outputs) {
		got = append(got, d.Finding.Signature.ID+" "+string(d.Finding.Signature.Severity))
	}
	want := []string{"anti_debugging low", "fileless_execution high", "shadow_read high", "ld_preload high"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNew(t *testing.T) {
	set := regoSet(t)
	bad := Default()
	bad.EvidenceWindow = -time.Second
	for name, c := range map[string]Config{"no subject": {}, "negative window": bad} {
		if _, err := New(c, set, stage.Settings{}); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	if _, err := New(Default(), nil, stage.Settings{}); err == nil {
		t.Error("no set is accepted")
	}
	d, err := New(Default(), set, stage.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}
