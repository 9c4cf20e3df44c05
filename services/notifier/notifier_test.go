package notifier

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/finding"
	"github.com/weirsec/weir/services/notifier/cloudevent"
	"github.com/weirsec/weir/services/notifier/trace"
)

// sample returns the detection that the tests of all the notifier's packages
// share.
func sample(t testing.TB) finding.Detection {
	t.Helper()
	text, err := os.ReadFile("testdata/detection.json")
	if err != nil {
		t.Fatal(err)
	}
	var d finding.Detection
	if err := cloudevent.DecodeJSON(text, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// sink keeps the traces that it is given.
type sink struct {
	err    error
	traces []finding.Detection
}

func (s *sink) Materialise(_ context.Context, d finding.Detection) error {
	s.traces = append(s.traces, d)
	return s.err
}

func settings(t testing.TB) (stage.Settings, *sdkmetric.ManualReader) {
	t.Helper()
	reader := sdkmetric.NewManualReader()
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	return stage.Settings{
		Instance: "notifier-0", Logger: slog.New(slog.DiscardHandler), Meter: provider.Meter("test"),
	}, reader
}

func newHandler(t testing.TB, cfg Config, traces TraceSink) (stage.Handler, *sdkmetric.ManualReader) {
	t.Helper()
	set, reader := settings(t)
	n, err := New(cfg, set, traces)
	if err != nil {
		t.Fatal(err)
	}
	h, err := n.NewHandler(0)
	if err != nil {
		t.Fatal(err)
	}
	return h, reader
}

func message(t testing.TB, d finding.Detection, seq uint64) stage.Message {
	t.Helper()
	data, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return stage.Message{Subject: "weir.detections.0", StreamSeq: seq, Received: time.Now(), Data: data}
}

// metrics returns what was counted, by name, and the latency histogram.
func collect(t *testing.T, reader *sdkmetric.ManualReader) (map[string]int64, metricdata.HistogramDataPoint[float64]) {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	var latency metricdata.HistogramDataPoint[float64]
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, point := range data.DataPoints {
					got[m.Name] += point.Value
				}
			case metricdata.Histogram[float64]:
				latency = data.DataPoints[0]
			}
		}
	}
	return got, latency
}

func TestHandle(t *testing.T) {
	d := sample(t)
	h, _ := newHandler(t, Config{}, nil)
	before := time.Now()
	in := message(t, d, 1)
	outputs, err := h.Handle(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if len(outputs) != 1 {
		t.Fatalf("%d outputs, want 1", len(outputs))
	}
	out := outputs[0]
	if out.Subject != "weir.findings.high.TRC-2" || out.ID != d.ID || out.ContentType != "application/cloudevents+json" || !out.Plain {
		t.Errorf("subject %s, id %s, content type %s", out.Subject, out.ID, out.ContentType)
	}
	want, err := cloudevent.Marshal(&d)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Data, want) {
		t.Errorf("data\n%s\nwant\n%s", out.Data, want)
	}
	for name, value := range map[string]string{
		"Weir-Severity": "high", "Weir-Signature": "TRC-2", "Weir-Node": "web-1.example",
		"traceparent": cloudevent.TraceParent(&d, trace.PublishSpan),
	} {
		if out.Header[name] != value {
			t.Errorf("header %s = %q, want %q", name, out.Header[name], value)
		}
	}
	stamps := cloudevent.Stamps(out.Header)
	if len(stamps) != 4 {
		t.Fatalf("%d stamps, want 4", len(stamps))
	}
	own := stamps[3]
	if own.Stage != "notifier" || own.Instance != "notifier-0" || own.In != in.Received.UnixNano() ||
		own.Out < before.UnixNano() || own.Out > time.Now().UnixNano() {
		t.Errorf("own stamp %+v", own)
	}
	again, err := h.Handle(t.Context(), message(t, d, 1))
	if err != nil || !bytes.Equal(again[0].Data, out.Data) || again[0].ID != out.ID || again[0].Subject != out.Subject {
		t.Errorf("the same message gave another finding (error %v)", err)
	}
}

func TestHandleSubjects(t *testing.T) {
	tests := []struct{ name, signature, want string }{
		{"plain", "TRC-2", "weir.findings.high.TRC-2"},
		{"dots", "Mine-0.1.0", "weir.findings.high.Mine-0%2E1%2E0"},
		{"wildcards and spaces", "a.*.> b", "weir.findings.high.a%2E%2A%2E%3E%20b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := sample(t)
			d.Finding.Signature.ID = tt.signature
			h, _ := newHandler(t, Config{}, nil)
			outputs, err := h.Handle(t.Context(), message(t, d, 1))
			if err != nil || outputs[0].Subject != tt.want {
				t.Errorf("subject %s (error %v), want %s", outputs[0].Subject, err, tt.want)
			}
		})
	}
	own := Config{Subject: func(severity, id string) string { return severity + "/" + id }}
	h, _ := newHandler(t, own, nil)
	if outputs, err := h.Handle(t.Context(), message(t, sample(t), 1)); err != nil || outputs[0].Subject != "high/TRC-2" {
		t.Errorf("own subject: %v, %v", outputs, err)
	}
}

func TestHandleRefusesForGood(t *testing.T) {
	good, err := json.Marshal(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, data, want string }{
		{"no JSON", "{", "read detection"},
		{"nothing", "", "read detection"},
		{"two values", "{} {}", "more than one"},
		{"another shape", `{"finding":7}`, "read detection"},
		{"no id", strings.Replace(string(good), sample(t).ID, "", 1), "no id"},
		{"no signature", strings.Replace(string(good), `"id":"TRC-2"`, `"id":""`, 1), "no signature id"},
		{"no severity", strings.Replace(string(good), `"severity":"high"`, `"severity":""`, 1), "severity"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h, _ := newHandler(t, Config{}, nil)
			outputs, err := h.Handle(t.Context(), stage.Message{Data: []byte(tt.data)})
			if !stage.IsPermanent(err) || !strings.Contains(err.Error(), tt.want) || outputs != nil {
				t.Errorf("error %v (permanent %v), want one with %q", err, stage.IsPermanent(err), tt.want)
			}
		})
	}
}

func commit(t *testing.T, h stage.Handler, in stage.Message) (at time.Time) {
	t.Helper()
	outputs, err := h.Handle(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	at = time.Now()
	h.(stage.Committer).Committed(t.Context(), in, outputs, at)
	return at
}

// Once a finding is committed it is counted and traced, with the notifier's
// own times, and never again for the same finding.
func TestCommittedOnce(t *testing.T) {
	traces := &sink{}
	h, reader := newHandler(t, Config{}, traces)
	d := sample(t)
	d.Time = time.Now().Add(-20 * time.Millisecond).UnixNano()
	at := commit(t, h, message(t, d, 1))
	commit(t, h, message(t, d, 1))
	commit(t, h, message(t, d, 9))
	other := d
	other.ID = "other"
	commit(t, h, message(t, other, 2))
	if len(traces.traces) != 2 {
		t.Fatalf("%d traces, want 2", len(traces.traces))
	}
	stamps := traces.traces[0].Stamps
	if len(stamps) != 5 {
		t.Fatalf("%d stamps, want 5", len(stamps))
	}
	own, broker := stamps[3], stamps[4]
	if broker.Stage != trace.StageBroker || broker.In != own.Out || broker.Out != at.UnixNano() {
		t.Errorf("broker's stamp %+v after %+v, committed at %d", broker, own, at.UnixNano())
	}
	counts, latency := collect(t, reader)
	if counts["weir.notifier.findings"] != 2 || counts["weir.notifier.redelivered"] != 2 {
		t.Errorf("counted %v, want 2 findings, 2 redelivered", counts)
	}
	if latency.Count != 2 || latency.Sum < 0.04 || latency.Sum > 10 {
		t.Errorf("latency %d times, %g s in all", latency.Count, latency.Sum)
	}
	if len(latency.Exemplars) == 0 {
		t.Fatal("the latency has no exemplar")
	}
	span := cloudevent.SpanID(latencyFinding(latency, d.ID, other.ID), trace.PublishSpan)
	if !bytes.Equal(latency.Exemplars[0].SpanID, span[:]) {
		t.Errorf("exemplar points at span %x, want %x", latency.Exemplars[0].SpanID, span)
	}
}

// latencyFinding returns which of the findings an exemplar was taken of: the
// last one in a bucket stays, and which bucket it is depends on the machine.
func latencyFinding(latency metricdata.HistogramDataPoint[float64], ids ...string) string {
	for _, id := range ids {
		if span := cloudevent.SpanID(id, trace.PublishSpan); bytes.Equal(latency.Exemplars[0].SpanID, span[:]) {
			return id
		}
	}
	return ids[0]
}

func TestCommittedWithoutTraces(t *testing.T) {
	tests := []struct {
		name   string
		traces TraceSink
		want   map[string]int64
	}{
		{"no sink", nil, map[string]int64{"weir.notifier.findings": 1, "weir.notifier.untraced": 0}},
		{
			"sink is full", &sink{err: errors.New("full")},
			map[string]int64{"weir.notifier.findings": 1, "weir.notifier.untraced": 1},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h, reader := newHandler(t, Config{}, tt.traces)
			commit(t, h, message(t, sample(t), 1))
			got, _ := collect(t, reader)
			for name, value := range tt.want {
				if got[name] != value {
					t.Errorf("%s = %d, want %d", name, got[name], value)
				}
			}
		})
	}
}

// A runner may handle the next message before it commits the last one.
func TestCommittedOutOfTurn(t *testing.T) {
	traces := &sink{}
	h, _ := newHandler(t, Config{}, traces)
	d, other := sample(t), sample(t)
	other.ID = "other"
	first, second := message(t, d, 1), message(t, other, 2)
	outputs, err := h.Handle(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Handle(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	h.(stage.Committer).Committed(t.Context(), first, outputs, time.Now())
	if len(traces.traces) != 1 || traces.traces[0].ID != d.ID || len(traces.traces[0].Stamps) != 5 {
		t.Errorf("traces %+v, want one of %s with 5 stamps", traces.traces, d.ID)
	}
	h.(stage.Committer).Committed(t.Context(), second, nil, time.Now())
	if len(traces.traces) != 1 {
		t.Error("a message without outputs was traced")
	}
}

// What is remembered is bounded: a finding that is long gone counts again.
func TestCommittedForgets(t *testing.T) {
	traces := &sink{}
	h, _ := newHandler(t, Config{Remember: 1}, traces)
	d := sample(t)
	for i, id := range []string{"a", "b", "a"} {
		d.ID = id
		commit(t, h, message(t, d, uint64(i)))
	}
	if len(traces.traces) != 3 {
		t.Errorf("%d traces, want 3", len(traces.traces))
	}
}

func TestNewRefuses(t *testing.T) {
	set, _ := settings(t)
	if _, err := New(Config{Remember: -1}, set, nil); err == nil {
		t.Error("a negative number of findings to remember was accepted")
	}
}

// Without a meter or a sink the notifier works all the same.
func TestZeroSettings(t *testing.T) {
	n, err := New(Config{}, stage.Settings{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	h, err := n.NewHandler(3)
	if err != nil {
		t.Fatal(err)
	}
	commit(t, h, message(t, sample(t), 1))
}

func FuzzHandle(f *testing.F) {
	good, err := json.Marshal(sample(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"id":"x","finding":{"signature":{"id":"y","severity":"low"}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, _ := newHandler(t, Config{}, nil)
		outputs, err := h.Handle(t.Context(), stage.Message{Data: data})
		if err != nil {
			if !stage.IsPermanent(err) {
				t.Errorf("another attempt would not mend %v", err)
			}
			return
		}
		if _, err := cloudevent.Parse(outputs[0].Data); err != nil {
			t.Errorf("published what nobody can read: %v\n%s", err, outputs[0].Data)
		}
	})
}

func BenchmarkHandle(b *testing.B) {
	h, _ := newHandler(b, Config{}, nil)
	in := message(b, sample(b), 1)
	b.SetBytes(int64(len(in.Data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.Handle(context.Background(), in); err != nil {
			b.Fatal(err)
		}
	}
}
