// Package trace builds the OpenTelemetry trace of a finding from the times that
// the stages wrote down on its way.
//
// Tracing every kernel event would cost more than looking at it. So the stages
// only stamp their batches, and when a finding has been made its whole trace is
// materialised at once: one tree, one service for each stage, with the times at
// which things really happened. Ids are derived from the finding's id, so that
// building the trace again gives the same spans.
//
// Spans follow each other as parent and child, not by links, since each trace
// is about one finding: whoever opens it sees one tree.
//
// The package must not invent times: a stage without a stamp has no span. It
// must not block the pipeline either: where the exporter does not keep up,
// whole traces are dropped and counted.
package trace
