package trace

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	oteltrace "go.opentelemetry.io/otel/trace"

	"github.com/weirsec/weir/schemas/finding"
	"github.com/weirsec/weir/services/notifier/cloudevent"
)

// ErrDropped is returned, wrapped, where a trace was not taken: the exporter
// is behind or the Materialiser is shut down. The spans are counted.
var ErrDropped = errors.New("trace dropped")

// maxProviders bounds the services held at a time: there is a collector on
// every node.
const maxProviders = 256

// Materialiser turns detections into finished spans. It is safe for concurrent
// use.
type Materialiser struct {
	exporter  *countingExporter
	processor sdktrace.SpanProcessor

	// shutting is held for reading while spans are handed over, so that none comes
	// after the processor's end, where nobody would count it.
	shutting sync.RWMutex
	closed   bool

	mu        sync.Mutex
	providers map[service]oteltrace.Tracer
}

// service is one process of a stage, as traces show it.
type service struct{ stage, instance string }

// New returns a Materialiser that sends spans through exporter, in batches and
// in the background, as the OTEL_BSP_* variables say. It owns the exporter from
// here on. The meter may be nil. New fails where the meter refuses an instrument.
func New(exporter sdktrace.SpanExporter, meter metric.Meter) (*Materialiser, error) {
	if meter == nil {
		meter = noop.Meter{}
	}
	counting, err := newCountingExporter(exporter, meter)
	if err != nil {
		return nil, fmt.Errorf("trace exporter: %w", err)
	}
	return &Materialiser{
		exporter:  counting,
		processor: sdktrace.NewBatchSpanProcessor(counting, sdktrace.WithMaxQueueSize(int(counting.capacity))),
		providers: map[service]oteltrace.Tracer{},
	}, nil
}

// Materialise hands over all spans of the detection's trace, which its stamps
// describe. It never waits for the network. The error wraps ErrDropped where
// there was no room for the trace: it is taken whole or not at all.
func (m *Materialiser) Materialise(ctx context.Context, d finding.Detection) error {
	planned, skipped := steps(&d)
	m.exporter.drop(ctx, skipped, "bad_stamp")
	m.shutting.RLock()
	defer m.shutting.RUnlock()
	if m.closed {
		m.exporter.drop(ctx, len(planned), "closed")
		return fmt.Errorf("finding %s: %w: shut down", d.ID, ErrDropped)
	}
	if !m.exporter.admit(len(planned)) {
		m.exporter.drop(ctx, len(planned), "queue_full")
		return fmt.Errorf("finding %s: %w: exporter is behind", d.ID, ErrDropped)
	}
	for _, s := range planned {
		m.emit(ctx, &d, s)
	}
	return nil
}

// emit makes one finished span.
func (m *Materialiser) emit(ctx context.Context, d *finding.Detection, s step) {
	// The parent is what the plan says, whatever span the caller may be in.
	ctx = oteltrace.ContextWithSpanContext(ctx, oteltrace.SpanContext{})
	if s.parent != "" {
		ctx = Context(ctx, d, s.parent)
	}
	name := s.name
	if s.parent == "" {
		name = "finding " + text("", d.Finding.Signature.ID).Value.AsString()
	}
	_, span := m.tracer(ctx, service{serviceStage(s.stage), s.instance}).Start(
		withIDs(ctx, d, s.name), name,
		oteltrace.WithSpanKind(s.kind), oteltrace.WithAttributes(s.attributes...),
		oteltrace.WithTimestamp(time.Unix(0, s.start)),
	)
	span.End(oteltrace.WithTimestamp(time.Unix(0, s.end)))
}

// serviceStage is the stage whose service a step belongs to.
func serviceStage(stage string) string {
	if stage == StageBroker {
		return stageNotifier
	}
	return stage
}

// tracer returns the tracer of a service. Providers share the one processor
// and hold nothing else, so that forgetting them costs only making them again.
func (m *Materialiser) tracer(ctx context.Context, s service) oteltrace.Tracer {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t, ok := m.providers[s]; ok {
		return t
	}
	if len(m.providers) >= maxProviders {
		clear(m.providers)
	}
	t := sdktrace.NewTracerProvider(
		sdktrace.WithSpanProcessor(m.processor),
		sdktrace.WithIDGenerator(derivedIDs{}),
		sdktrace.WithSampler(sdktrace.AlwaysSample()),
		sdktrace.WithResource(serviceResource(ctx, s)),
	).Tracer("github.com/weirsec/weir")
	m.providers[s] = t
	return t
}

// serviceResource describes Weir's own service; OTEL_RESOURCE_ATTRIBUTES adds
// to it, but each stage keeps its name.
func serviceResource(ctx context.Context, s service) *resource.Resource {
	attributes := []attribute.KeyValue{
		semconv.ServiceName("weir-" + s.stage), semconv.ServiceNamespace("weir"),
	}
	if s.instance != "" {
		attributes = append(attributes, text(semconv.ServiceInstanceIDKey, s.instance))
	}
	// A malformed variable gives what could be read of it, and an error that
	// the telemetry of the whole process reports already.
	all, _ := resource.New(
		ctx, resource.WithTelemetrySDK(), resource.WithFromEnv(), resource.WithAttributes(attributes...),
	)
	return all
}

// Flush sends what is waiting, or gives up when ctx ends.
func (m *Materialiser) Flush(ctx context.Context) error { return m.processor.ForceFlush(ctx) }

// Shutdown sends what is waiting, closes the exporter and counts what could not
// be sent before ctx ended. Traces that come later are dropped and counted.
func (m *Materialiser) Shutdown(ctx context.Context) error {
	m.shutting.Lock()
	m.closed = true
	m.shutting.Unlock()
	err := m.processor.Shutdown(ctx)
	m.exporter.abandon(ctx)
	return err
}

// Context returns ctx inside one span of the detection's trace, so that what is
// recorded there (an exemplar, a log record) points at the trace.
func Context(ctx context.Context, d *finding.Detection, span string) context.Context {
	return propagation.TraceContext{}.Extract(
		ctx, propagation.MapCarrier{"traceparent": cloudevent.TraceParent(d, span)},
	)
}
