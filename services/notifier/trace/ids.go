package trace

import (
	"context"

	oteltrace "go.opentelemetry.io/otel/trace"

	"github.com/weirsec/weir/schemas/finding"
)

// derivedIDs gives a span the ids that its context holds, instead of random
// ones.
type derivedIDs struct{}

type idsKey struct{}

// withIDs returns a context for starting the named span of a detection's trace.
func withIDs(ctx context.Context, d *finding.Detection, span string) context.Context {
	ids := oteltrace.SpanContextFromContext(Context(context.Background(), d, span))
	return context.WithValue(ctx, idsKey{}, ids)
}

func idsOf(ctx context.Context) oteltrace.SpanContext {
	// Always there: spans are started in one place, with a context of withIDs.
	ids, _ := ctx.Value(idsKey{}).(oteltrace.SpanContext)
	return ids
}

// NewIDs implements sdktrace.IDGenerator for root spans.
func (derivedIDs) NewIDs(ctx context.Context) (oteltrace.TraceID, oteltrace.SpanID) {
	ids := idsOf(ctx)
	return ids.TraceID(), ids.SpanID()
}

// NewSpanID implements sdktrace.IDGenerator for the spans below.
func (derivedIDs) NewSpanID(ctx context.Context, _ oteltrace.TraceID) oteltrace.SpanID {
	return idsOf(ctx).SpanID()
}
