package notifier

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2/event"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/finding"
	"github.com/weirsec/weir/services/notifier/destination"
	"github.com/weirsec/weir/services/notifier/trace"
)

// pipeline is the stage as a main wires it, on a real broker.
type pipeline struct {
	conn   *bus.Conn
	runner *stage.Runner
	spans  *tracetest.InMemoryExporter
	traces *trace.Materialiser
}

func startPipeline(t testing.TB) *pipeline {
	t.Helper()
	set, _ := settings(t)
	p := &pipeline{conn: bustest.Run(t), spans: tracetest.NewInMemoryExporter()}
	var err error
	if p.traces, err = trace.New(p.spans, set.Meter); err != nil {
		t.Fatal(err)
	}
	n, err := New(Config{}, set, p.traces)
	if err != nil {
		t.Fatal(err)
	}
	p.runner, err = stage.New(p.conn, n.Stage(2), set)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := p.runner.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		cancel()
		wg.Wait()
		if err := p.traces.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p
}

func (p *pipeline) publish(t testing.TB, messages ...bus.Message) {
	t.Helper()
	if err := p.conn.PublishAll(t.Context(), messages); err != nil {
		t.Fatal(err)
	}
}

// findings reads the public stream through a Deliverer until it is quiet.
func (p *pipeline) findings(t *testing.T, want int) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var out bytes.Buffer
	set, _ := settings(t)
	d, err := destination.NewDeliverer(destination.Config{}, set, destination.NewJSONConsole(&out))
	if err != nil {
		t.Fatal(err)
	}
	arrived := 0
	from := func(ctx context.Context, fn func(context.Context, bus.Received) error) error {
		return p.conn.Tail(ctx, bus.TailConfig{Stream: bus.StreamFindings}, func(ctx context.Context, m bus.Received) error {
			if arrived++; arrived >= want {
				// A moment more, so that one too many would be seen.
				time.AfterFunc(200*time.Millisecond, cancel)
			}
			return fn(ctx, m)
		})
	}
	if err := d.Run(ctx, from); err != nil {
		t.Fatal(err)
	}
	if arrived != want {
		t.Errorf("%d findings in the stream, want %d", arrived, want)
	}
	return out.Bytes()
}

func detectionMessage(t testing.TB, d finding.Detection, try int) bus.Message {
	t.Helper()
	data, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	// Another message id each time: the broker takes it for another detection.
	return bus.Message{Subject: bus.DetectionsSubject(try % 2), ID: fmt.Sprint(d.ID, try), Data: data}
}

// Every detection becomes one valid CloudEvent on its subject, detections that
// come again change nothing, garbage goes to the dead letters, and each finding
// has its whole trace.
func TestPipeline(t *testing.T) {
	p := startPipeline(t)
	const findings = 30
	base := sample(t)
	base.Finding.TraceID = ""
	for try := range 2 {
		var batch []bus.Message
		for i := range findings {
			d := base
			d.ID = fmt.Sprint("finding-", i)
			batch = append(batch, detectionMessage(t, d, try))
		}
		batch = append(batch, bus.Message{Subject: bus.DetectionsSubject(0), ID: fmt.Sprint("bad-", try), Data: []byte("no")})
		p.publish(t, batch...)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := p.runner.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range bytes.Lines(p.findings(t, findings)) {
		var e cloudevents.Event
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if err := e.Validate(); err != nil {
			t.Error(err)
		}
		seen[e.ID()] = true
	}
	if len(seen) != findings {
		t.Errorf("%d different findings, want %d", len(seen), findings)
	}
	if err := p.traces.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	stages := map[string]int{}
	for _, s := range p.spans.GetSpans() {
		for _, a := range s.Resource.Attributes() {
			if a.Key == "service.name" {
				stages[a.Value.AsString()]++
			}
		}
	}
	want := map[string]int{
		"weir-collector": 2 * findings, "weir-enricher": findings, "weir-detector": findings, "weir-notifier": 3 * findings,
	}
	for service, spans := range want {
		if stages[service] != spans {
			t.Errorf("%s has %d spans, want %d", service, stages[service], spans)
		}
	}
	if got := deadLetters(t, p.conn); got != 2 {
		t.Errorf("%d dead letters, want 2", got)
	}
}

func deadLetters(t *testing.T, conn *bus.Conn) (n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	err := conn.Tail(ctx, bus.TailConfig{Stream: bus.StreamDLQ}, func(_ context.Context, m bus.Received) error {
		n++
		if string(m.Data) != "no" || !strings.HasPrefix(m.Subject, "weir.dlq.notifier.") {
			t.Errorf("dead letter %q on %s", m.Data, m.Subject)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return n
}

// The whole stage with its broker, on findings that all differ: one operation is
// one finding from the stream of detections to that of findings, with its trace.
func BenchmarkPipeline(b *testing.B) {
	p := startPipeline(b)
	d := sample(b)
	d.Finding.TraceID = ""
	messages := make([]bus.Message, b.N)
	for i := range messages {
		d.ID = fmt.Sprint("finding-", i)
		messages[i] = detectionMessage(b, d, i)
	}
	b.ReportAllocs()
	b.ResetTimer()
	p.publish(b, messages...)
	if err := p.runner.Drain(b.Context()); err != nil {
		b.Fatal(err)
	}
}
