package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/detection"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/notifier/cloudevent"
	"github.com/weirsec/weir/services/notifier/destination"
)

// analyzer evaluates events of a file: the way of an event without a broker.
type analyzer struct {
	set       *engine.Set
	evaluator *engine.Evaluator
	out       destination.Destination
	messages  io.Writer
	// Counts of the input's lines and of what came of them.
	lines, events, invalid, findings, faults int
}

func newAnalyzer(set *engine.Set, out destination.Destination, messages io.Writer) *analyzer {
	return &analyzer{set: set, evaluator: set.Evaluator(), out: out, messages: messages}
}

// run evaluates one event a line until the input ends. A line that is no event
// is reported and counted, and the rest goes on.
func (a *analyzer) run(ctx context.Context, input io.Reader) error {
	lines := newLineReader(input)
	for ctx.Err() == nil {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		a.lines++
		switch {
		case errors.Is(err, errLineTooLong):
			a.reject(err)
			continue
		case err != nil:
			return fmt.Errorf("read line %d: %w", a.lines, err)
		case blank(line):
			continue
		}
		if err := a.line(ctx, line); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// line evaluates one line.
func (a *analyzer) line(ctx context.Context, line []byte) error {
	e, err := event.ParseJSON(line)
	if err != nil {
		a.reject(err)
		return nil
	}
	identify(e, line, uint64(a.lines))
	a.events++
	matches, faults := a.evaluator.Evaluate(ctx, e)
	for _, f := range faults {
		a.faults++
		fmt.Fprintf(a.messages, "line %d: signature %s: %v\n", a.lines, f.Signature.Metadata.ID, f.Err)
	}
	for _, m := range matches {
		if err := a.deliver(ctx, e, m); err != nil {
			return err
		}
	}
	return nil
}

// identify gives an event of a file the identity that it lacks: its line, and
// a hash of it in the place of the boot id, so that analysing it again makes
// the same findings and another file makes others.
func identify(e *event.Event, line []byte, number uint64) {
	e.Seq = number
	if e.Context.BootID == "" {
		sum := sha256.Sum256(line)
		e.Context.BootID = "line-" + hex.EncodeToString(sum[:8])
	}
	if e.Context.Node == "" {
		e.Context.Node = "unknown"
	}
}

// deliver shows a match as a finding.
func (a *analyzer) deliver(ctx context.Context, e *event.Event, m engine.Match) error {
	d := detection.Build(e, m, detection.Circumstances{SetVersion: a.set.Version(), Made: time.Now()})
	text, err := cloudevent.Marshal(&d)
	if err != nil {
		return fmt.Errorf("line %d: finding of %s: %w", a.lines, m.Signature.Metadata.ID, err)
	}
	a.findings++
	return a.out.Deliver(ctx, destination.Finding{CloudEvent: text, Detection: d})
}

// reject reports a line that is no event.
func (a *analyzer) reject(err error) {
	a.invalid++
	fmt.Fprintf(a.messages, "line %d: %v\n", a.lines, err)
}

// blank reports whether a line holds nothing but white space.
func blank(line []byte) bool {
	for _, b := range line {
		if b != ' ' && b != '\t' && b != '\r' {
			return false
		}
	}
	return true
}
