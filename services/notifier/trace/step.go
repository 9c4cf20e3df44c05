package trace

import (
	"encoding/json"

	"go.opentelemetry.io/otel/attribute"
	oteltrace "go.opentelemetry.io/otel/trace"

	"github.com/weirsec/weir/schemas/finding"
	"github.com/weirsec/weir/services/notifier/cloudevent"
)

// The stages that write stamps.
const (
	stageCollector = "collector"
	stageEnricher  = "enricher"
	stageDetector  = "detector"
	stageNotifier  = "notifier"
	// StageBroker is the stamp that the notifier adds for the time between
	// handing a finding to the broker and knowing that it is safe there.
	StageBroker = "broker"
)

// PublishSpan names, for cloudevent.SpanID, the span in which a finding is
// handed to the broker: the context that its message carries.
const PublishSpan = "publish weir.findings.{severity}.{signature}"

// step is one span to be, in plain data: what the exporter gets and what the
// waterfall draws are both made of it.
type step struct {
	// name is the span's name, from which its id is made too.
	name string
	// label is what people see.
	label string
	// stage and instance say which process did it; the stage makes the service.
	stage, instance string
	kind            oteltrace.SpanKind
	// start and end are Unix nanoseconds, start <= end.
	start, end int64
	attributes []attribute.KeyValue
	// parent is the name of the span above, "" for the root.
	parent string
}

// role says what a stamp of one stage becomes.
type role struct {
	stage, label, name string
	kind               oteltrace.SpanKind
	attributes         func(*finding.Detection) []attribute.KeyValue
}

// roles lists the stages in the order in which a finding passes them.
func roles() []role {
	const consumer, producer = oteltrace.SpanKindConsumer, oteltrace.SpanKindProducer
	return []role{
		{stageCollector, "publish", "publish weir.raw.{node}", producer, sends("WEIR_RAW", "weir.raw.{node}")},
		{
			stageEnricher, "enrich", "process weir.raw.{partition}.{node}", consumer,
			processes("WEIR_RAW", "weir.raw.{partition}.{node}"),
		},
		{stageDetector, "detect", "process weir.events.{partition}.{node}", consumer, detects},
		{
			stageNotifier, "notify", "process weir.detections.{partition}", consumer,
			processes("WEIR_DETECTIONS", "weir.detections.{partition}"),
		},
		{StageBroker, "commit", PublishSpan, producer, commits},
	}
}

// steps plans the trace of a detection: the root first, parents before their
// children, and how many stamps there were that nothing could be made of.
func steps(d *finding.Detection) (planned []step, skipped int) {
	root := step{
		name: cloudevent.RootSpan, label: "finding", stage: stageNotifier, kind: oteltrace.SpanKindInternal,
		start: d.Time, end: max(d.Time, d.Made), attributes: describes(d),
	}
	planned = append(planned, root)
	used := make([]bool, len(d.Stamps))
	parent := root.name
	for _, r := range roles() {
		i := find(d.Stamps, r.stage)
		if i < 0 {
			continue
		}
		used[i] = true
		next, ok := timed(d, r, d.Stamps[i])
		if !ok {
			skipped++
			continue
		}
		if r.stage == stageCollector && d.Time != 0 {
			planned = append(planned, kernelStep(d, d.Stamps[i], root.name))
		}
		next.parent, parent = parent, next.name
		planned = append(planned, next)
	}
	for _, known := range used {
		if !known {
			skipped++
		}
	}
	enclose(planned)
	return planned, skipped
}

func find(stamps []finding.Stamp, stage string) int {
	for i := range stamps {
		if stamps[i].Stage == stage {
			return i
		}
	}
	return -1
}

// timed makes a step of a stamp. A batch is taken before its later events
// happen, and clocks of two machines differ: a step never starts before the
// event nor ends before its start, and where that moves a time the stamp's own
// are kept as attributes. A stamp without any time gives no step.
func timed(d *finding.Detection, r role, stamp finding.Stamp) (step, bool) {
	in, out := stamp.In, stamp.Out
	if in == 0 {
		in = out
	}
	if in == 0 {
		return step{}, false
	}
	start := max(in, d.Time)
	next := step{
		name: r.name, label: r.label, stage: r.stage, instance: stamp.Instance, kind: r.kind,
		start: start, end: max(start, out), attributes: r.attributes(d),
	}
	if next.start != stamp.In || next.end != stamp.Out {
		next.attributes = append(
			next.attributes,
			attribute.Int64("weir.stamp.in", stamp.In), attribute.Int64("weir.stamp.out", stamp.Out),
		)
	}
	return next, true
}

// kernelStep is the time from the event in the kernel to its being read.
func kernelStep(d *finding.Detection, stamp finding.Stamp, parent string) step {
	var e struct {
		Name string `json:"eventName"`
		Hook string `json:"hook"`
	}
	// An event in a form not known here has a span all the same.
	_ = json.Unmarshal(d.Finding.Event, &e)
	return step{
		name: "kernel event", label: "kernel", stage: stageCollector, instance: stamp.Instance,
		kind: oteltrace.SpanKindInternal, start: d.Time, end: max(d.Time, stamp.In), parent: parent,
		attributes: []attribute.KeyValue{
			text("weir.event.name", e.Name), attribute.Int64("weir.event.sequence", int64(d.Sequence)), //nolint:gosec // kernel counters stay far below 2^63
		},
	}
}

// enclose stretches the root over all that is below it.
func enclose(planned []step) {
	root := &planned[0]
	for _, s := range planned[1:] {
		if root.start == 0 || s.start < root.start {
			root.start = s.start
		}
		root.end = max(root.end, s.end)
		if s.stage == stageNotifier {
			root.instance = s.instance
		}
	}
}
