package trace

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/contrib/exporters/autoexport"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	oteltrace "go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/weirsec/weir/services/notifier/cloudevent"
)

// connect returns a Materialiser that exports as a user's variables say.
func connect(t *testing.T, r *receiver) (*Materialiser, *sdkmetric.ManualReader) {
	t.Helper()
	t.Setenv("OTEL_TRACES_EXPORTER", "otlp")
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+r.address)
	exporter, err := autoexport.NewSpanExporter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return materialiser(t, exporter)
}

func materialiser(t *testing.T, exporter sdktrace.SpanExporter) (*Materialiser, *sdkmetric.ManualReader) {
	t.Helper()
	reader := sdkmetric.NewManualReader()
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	m, err := New(exporter, provider.Meter("test"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Shutdown(context.Background()) })
	return m, reader
}

// count adds up a counter over its attributes.
func count(t *testing.T, reader *sdkmetric.ManualReader, name, reason string) (total int64) {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			sum, ok := m.Data.(metricdata.Sum[int64])
			if m.Name != name || !ok {
				continue
			}
			for _, point := range sum.DataPoints {
				if got, _ := point.Attributes.Value("reason"); reason == "" || got.AsString() == reason {
					total += point.Value
				}
			}
		}
	}
	return total
}

// One finding gives one trace over four services, with the stamps' times, over
// real OTLP.
func TestMaterialiseOverOTLP(t *testing.T) {
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test,service.name=other")
	r := startReceiver(t)
	m, reader := connect(t, r)
	d := sample(t)
	if err := m.Materialise(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if err := m.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	spans := r.all()
	want := []struct {
		name, parent, service, instance string
		kind                            tracepb.Span_SpanKind
		start, end                      int64
	}{
		{"finding TRC-2", "", "weir-notifier", "notifier-0", 1, d.Time, d.Stamps[4].Out},
		{"kernel event", "finding TRC-2", "weir-collector", "collector-web-1", 1, d.Time, d.Stamps[0].In},
		{
			"publish weir.raw.{node}", "finding TRC-2", "weir-collector", "collector-web-1", 4,
			d.Stamps[0].In, d.Stamps[0].Out,
		},
		{
			"process weir.raw.{partition}.{node}", "publish weir.raw.{node}", "weir-enricher", "enricher-0", 5,
			d.Stamps[1].In, d.Stamps[1].Out,
		},
		{
			"process weir.events.{partition}.{node}", "process weir.raw.{partition}.{node}", "weir-detector", "detector-2", 5,
			d.Stamps[2].In, d.Stamps[2].Out,
		},
		{
			"process weir.detections.{partition}", "process weir.events.{partition}.{node}", "weir-notifier", "notifier-0", 5,
			d.Stamps[3].In, d.Stamps[3].Out,
		},
		{PublishSpan, "process weir.detections.{partition}", "weir-notifier", "notifier-0", 4, d.Stamps[4].In, d.Stamps[4].Out},
	}
	byID, byName := map[string]string{"": ""}, map[string]received{}
	for _, s := range spans {
		byID[string(s.SpanId)] = s.Name
		byName[s.Name] = s
	}
	if len(spans) != len(want) || len(byName) != len(want) {
		t.Fatalf("%d spans, %d names, want %d", len(spans), len(byName), len(want))
	}
	for _, w := range want {
		s, ok := byName[w.name]
		if !ok {
			t.Errorf("no span %q", w.name)
			continue
		}
		if got := byID[string(s.ParentSpanId)]; got != w.parent {
			t.Errorf("%s: parent %q, want %q", w.name, got, w.parent)
		}
		if s.resource["service.name"] != w.service || s.resource["service.instance.id"] != w.instance {
			t.Errorf("%s: resource %v, want %s/%s", w.name, s.resource, w.service, w.instance)
		}
		if s.resource["deployment.environment.name"] != "test" {
			t.Errorf("%s: OTEL_RESOURCE_ATTRIBUTES is not in %v", w.name, s.resource)
		}
		if s.Kind != w.kind+0 {
			t.Errorf("%s: kind %v, want %v", w.name, s.Kind, w.kind)
		}
		if int64(s.StartTimeUnixNano) != w.start || int64(s.EndTimeUnixNano) != w.end {
			t.Errorf("%s: %d to %d, want %d to %d", w.name, s.StartTimeUnixNano, s.EndTimeUnixNano, w.start, w.end)
		}
		if got := hex.EncodeToString(s.TraceId); got != d.Finding.TraceID {
			t.Errorf("%s: trace %s, want %s", w.name, got, d.Finding.TraceID)
		}
	}
	if got := count(t, reader, "weir.notifier.spans.exported", ""); got != int64(len(want)) {
		t.Errorf("counted %d exported spans, want %d", got, len(want))
	}
}

func TestMaterialiseAttributes(t *testing.T) {
	r := startReceiver(t)
	m, _ := connect(t, r)
	d := sample(t)
	d.Finding.Process.Name = "ba\xffsh"
	if err := m.Materialise(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if err := m.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := map[string]map[string]string{
		"finding TRC-2": {
			"security_rule.name": "Anti-debugging <ptrace>", "container.id": d.Finding.Container.ID,
			"process.executable.name": "ba\ufffdsh", "host.name": "web-1.example", "k8s.pod.name": "web-6f9c",
			"weir.finding.severity": "high",
		},
		"kernel event": {"weir.event.name": "ptrace"},
		"process weir.events.{partition}.{node}": {
			"security_rule.uuid": "TRC-2", "security_rule.version": "1", "weir.signature.set": "stable-2026.11",
			"messaging.system": "nats", "messaging.destination.name": "WEIR_EVENTS", "messaging.operation.type": "process",
		},
		PublishSpan: {
			"messaging.message.id": d.ID, "cloudevents.event_id": d.ID, "cloudevents.event_type": cloudevent.Type,
			"cloudevents.event_source":       "https://weirsec.github.io/weir/nodes/web-1.example",
			"cloudevents.event_subject":      d.Subject,
			"messaging.destination.name":     "WEIR_FINDINGS",
			"cloudevents.event_spec_version": "1.0",
		},
	}
	seen := 0
	for _, s := range r.all() {
		have := texts(s.Attributes)
		for key, value := range want[s.Name] {
			seen++
			if have[key] != value {
				t.Errorf("%s: %s = %q, want %q", s.Name, key, have[key], value)
			}
		}
	}
	if seen != 20 {
		t.Errorf("compared %d attributes, want 20", seen)
	}
}

// Ids depend on the finding alone and agree with what its CloudEvent says.
func TestMaterialiseTwiceGivesTheSameIDs(t *testing.T) {
	exporter := tracetest.NewInMemoryExporter()
	m, _ := materialiser(t, exporter)
	d := sample(t)
	// A span that the caller is in must not leak into the finding's trace.
	outer, span := sdktrace.NewTracerProvider().Tracer("other").Start(t.Context(), "outer")
	defer span.End()
	for _, ctx := range []context.Context{t.Context(), outer} {
		if err := m.Materialise(ctx, d); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	spans := exporter.GetSpans()
	if len(spans) != 14 {
		t.Fatalf("%d spans, want 14", len(spans))
	}
	ids := map[oteltrace.SpanID]bool{}
	for i, s := range spans[:7] {
		if again := spans[i+7]; again.SpanContext.SpanID() != s.SpanContext.SpanID() || again.Parent.SpanID() != s.Parent.SpanID() {
			t.Errorf("span %s changed its ids", s.Name)
		}
		ids[s.SpanContext.SpanID()] = true
	}
	if len(ids) != 7 {
		t.Errorf("%d different span ids, want 7", len(ids))
	}
	for i, name := range map[int]string{0: cloudevent.RootSpan, 6: PublishSpan} {
		if got, want := spans[i].SpanContext.SpanID(), cloudevent.SpanID(d.ID, name); got != want {
			t.Errorf("span %s has id %s, want %x", spans[i].Name, got, want)
		}
	}
}

// stuckExporter takes nothing until it is released.
type stuckExporter struct{ release chan struct{} }

func (e stuckExporter) ExportSpans(ctx context.Context, _ []sdktrace.ReadOnlySpan) error {
	select {
	case <-e.release:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (stuckExporter) Shutdown(context.Context) error { return nil }

// With an exporter that hangs, traces are dropped whole and each span is
// accounted for.
func TestMaterialiseDropsWholeTracesAndCounts(t *testing.T) {
	t.Setenv("OTEL_BSP_MAX_QUEUE_SIZE", "20")
	t.Setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "5")
	stuck := stuckExporter{make(chan struct{})}
	m, reader := materialiser(t, stuck)
	d := sample(t)
	dropped := 0
	start := time.Now()
	for i := range 10 {
		d.ID = fmt.Sprint("finding-", i)
		switch err := m.Materialise(t.Context(), d); {
		case errors.Is(err, ErrDropped):
			dropped++
		case err != nil:
			t.Fatal(err)
		}
	}
	if waited := time.Since(start); waited > 5*time.Second {
		t.Errorf("the pipeline waited %s for the exporter", waited)
	}
	if dropped != 8 {
		t.Errorf("%d of 10 traces dropped, want 8: room for 20 spans is room for 2 traces of 7", dropped)
	}
	close(stuck.release)
	if err := m.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := count(t, reader, "weir.notifier.spans.exported", ""); got != 14 {
		t.Errorf("%d spans exported, want 14", got)
	}
	if got := count(t, reader, "weir.notifier.spans.dropped", "queue_full"); got != 56 {
		t.Errorf("%d spans dropped, want 56", got)
	}
	if err := m.Materialise(t.Context(), d); !errors.Is(err, ErrDropped) {
		t.Errorf("after Shutdown: %v, want ErrDropped", err)
	}
	if got := count(t, reader, "weir.notifier.spans.dropped", "closed"); got != 7 {
		t.Errorf("%d spans dropped as closed, want 7", got)
	}
}

func TestShutdownCountsWhatWasNotSent(t *testing.T) {
	stuck := stuckExporter{make(chan struct{})}
	m, reader := materialiser(t, stuck)
	if err := m.Materialise(t.Context(), sample(t)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := m.Shutdown(ctx); err == nil {
		t.Error("Shutdown hid that spans were not sent")
	}
	if got := count(t, reader, "weir.notifier.spans.dropped", "closed"); got != 7 {
		t.Errorf("%d spans dropped as closed, want 7", got)
	}
	close(stuck.release)
}

// Traces that come while the Materialiser is shut down are sent or counted, each.
func TestShutdownWhileTracesCome(t *testing.T) {
	d := sample(t)
	for range 50 {
		m, reader := materialiser(t, tracetest.NewNoopExporter())
		const workers = 4
		begun := make(chan struct{})
		var work sync.WaitGroup
		var traces atomic.Int64
		for range workers {
			work.Go(func() {
				for over := false; !over; {
					err := m.Materialise(t.Context(), d)
					if over = errors.Is(err, ErrDropped); err != nil && !over {
						t.Error(err)
					}
					if traces.Add(1) == workers {
						close(begun)
					}
				}
			})
		}
		<-begun
		if err := m.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		work.Wait()
		sent, dropped := count(t, reader, "weir.notifier.spans.exported", ""), int64(0)
		for _, reason := range []string{"closed", "queue_full"} {
			dropped += count(t, reader, "weir.notifier.spans.dropped", reason)
		}
		if sent+dropped != 7*traces.Load() {
			t.Fatalf("%d spans sent and %d dropped of %d", sent, dropped, 7*traces.Load())
		}
	}
}

func TestFailedExportIsCounted(t *testing.T) {
	r := startReceiver(t)
	r.refuse = true
	m, reader := connect(t, r)
	if err := m.Materialise(t.Context(), sample(t)); err != nil {
		t.Fatal(err)
	}
	if err := m.Flush(t.Context()); err == nil {
		t.Error("Flush hid the refusal")
	}
	if got := count(t, reader, "weir.notifier.spans.dropped", "export_failed"); got != 7 {
		t.Errorf("%d spans dropped, want 7", got)
	}
}

// Many nodes do not make the table of services grow without end.
func TestProvidersAreBounded(t *testing.T) {
	exporter := tracetest.NewInMemoryExporter()
	m, _ := materialiser(t, exporter)
	d := sample(t)
	for i := range 3 * maxProviders {
		d.Stamps[0].Instance = fmt.Sprint("collector-", i)
		if err := m.Materialise(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(m.providers); n > maxProviders {
		t.Errorf("%d services held, want at most %d", n, maxProviders)
	}
	if err := m.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(exporter.GetSpans()); n != 3*maxProviders*7 {
		t.Errorf("%d spans, want %d", n, 3*maxProviders*7)
	}
}

func BenchmarkMaterialise(b *testing.B) {
	reader := sdkmetric.NewManualReader()
	m, err := New(tracetest.NewNoopExporter(), sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)).Meter("bench"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = m.Shutdown(context.Background()) }()
	d := sample(b)
	b.ReportAllocs()
	for b.Loop() {
		// A full queue is part of the cost under load.
		if err := m.Materialise(context.Background(), d); err != nil && !errors.Is(err, ErrDropped) {
			b.Fatal(err)
		}
	}
}
