package trace

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// defaultQueue is how many spans may wait where OTEL_BSP_MAX_QUEUE_SIZE says
// nothing. The SDK's 2048 would hold some 300 findings, and one attack can
// make thousands at once; these are at most some 30 MB.
const defaultQueue = 16384

// countingExporter keeps the account of spans: each one that was admitted ends
// as exported or as dropped. The SDK's queue drops silently when it is full;
// here nothing enters it beyond its capacity, so it never is.
type countingExporter struct {
	sdktrace.SpanExporter
	capacity int64
	waiting  atomic.Int64
	exported metric.Int64Counter
	dropped  metric.Int64Counter
}

func newCountingExporter(next sdktrace.SpanExporter, meter metric.Meter) (*countingExporter, error) {
	exported, err := meter.Int64Counter(
		"weir.notifier.spans.exported", metric.WithUnit("{span}"),
		metric.WithDescription("Spans of findings that were sent."),
	)
	dropped, err2 := meter.Int64Counter(
		"weir.notifier.spans.dropped", metric.WithUnit("{span}"),
		metric.WithDescription("Spans of findings that were not sent, by reason."),
	)
	if err := errors.Join(err, err2); err != nil {
		return nil, err
	}
	return &countingExporter{
		SpanExporter: next, capacity: queueSize(os.Getenv("OTEL_BSP_MAX_QUEUE_SIZE")),
		exported: exported, dropped: dropped,
	}, nil
}

// queueSize reads the standard variable as the SDK does: what is no positive
// number counts as unset.
func queueSize(given string) int64 {
	if n, err := strconv.ParseInt(given, 10, 32); err == nil && n > 0 {
		return n
	}
	return defaultQueue
}

// admit takes room for n spans and reports whether there was any.
func (e *countingExporter) admit(n int) bool {
	if e.waiting.Add(int64(n)) <= e.capacity {
		return true
	}
	e.waiting.Add(int64(-n))
	return false
}

// ExportSpans implements sdktrace.SpanExporter.
func (e *countingExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	defer e.waiting.Add(int64(-len(spans)))
	if err := e.SpanExporter.ExportSpans(ctx, spans); err != nil {
		e.drop(ctx, len(spans), "export_failed")
		return fmt.Errorf("export %d spans: %w", len(spans), err)
	}
	e.exported.Add(ctx, int64(len(spans)))
	return nil
}

func (e *countingExporter) drop(ctx context.Context, n int, reason string) {
	if n > 0 {
		e.dropped.Add(ctx, int64(n), metric.WithAttributes(attribute.String("reason", reason)))
	}
}

// abandon counts what was admitted and never sent.
func (e *countingExporter) abandon(ctx context.Context) {
	e.drop(ctx, int(e.waiting.Swap(0)), "closed")
}
