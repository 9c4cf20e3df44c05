package analysis

import (
	"context"
	"fmt"
	"time"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/finding"
	"github.com/weirsec/weir/services/detector/detection"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/recording"
	"github.com/weirsec/weir/signatures/sdk"
)

// examiner evaluates events with one Evaluator.
type examiner struct {
	cfg       *Config
	set       *engine.Set
	evaluator *engine.Evaluator
}

func newExaminer(cfg *Config, set *engine.Set) *examiner {
	return &examiner{cfg: cfg, set: set, evaluator: set.Evaluator()}
}

// examine evaluates the events of a piece.
func (x *examiner) examine(ctx context.Context, d *recording.Decoded, out *Outcome) error {
	for i := range d.Events {
		matches, faults := x.evaluator.Evaluate(ctx, &d.Events[i])
		if len(matches)+len(faults) == 0 {
			continue
		}
		if err := ctx.Err(); err != nil {
			// What was cut off is no fault of the signatures.
			return err
		}
		x.note(d.Place(i), &d.Events[i], matches, faults, out)
	}
	return ctx.Err()
}

// end tells signatures that there are no more events.
func (x *examiner) end(ctx context.Context, out *Outcome) error {
	matches, faults := x.evaluator.Signal(ctx, sdk.Signal{Kind: sdk.SourceComplete, Source: sdk.Source})
	x.note("at the end", nil, matches, faults, out)
	return ctx.Err()
}

// note takes what one evaluation gave.
func (x *examiner) note(place string, e *event.Event, matches []engine.Match, faults []engine.Fault, out *Outcome) {
	for _, f := range faults {
		out.Faults = append(out.Faults, Fault{Place: place, Signature: f.Signature, Err: f.Err, Quarantined: f.Quarantined})
	}
	for _, m := range matches {
		on := e
		if m.Event != nil {
			on = m.Event
		}
		made := Finding{
			Detection: detection.Build(on, m, detection.Circumstances{SetVersion: x.set.Version(), Made: time.Now()}),
			place:     place, signature: m.Signature, node: on.Context.Node, time: on.Time, windowStart: m.WindowStart,
		}
		if err := x.cfg.render(&made); err != nil {
			out.Faults = append(out.Faults, Fault{Place: place, Signature: m.Signature, Err: err})
			continue
		}
		out.Findings = append(out.Findings, made)
	}
}

func (c *Config) render(f *Finding) (err error) {
	if f.Text, err = c.Render(&f.Detection); err != nil {
		return fmt.Errorf("render the finding: %w", err)
	}
	return nil
}

// complete says of the findings of a piece what is missing around them. Losses
// are told in the order of the input, so that this cannot be known earlier.
func (r *run) complete(out *Outcome) {
	kept := out.Findings[:0]
	for _, f := range out.Findings {
		around := event.Event{Time: f.time, Context: &event.Context{Node: f.node}}
		if lost := r.losses.Around(&around, f.windowStart); len(lost) > 0 {
			f.Detection.Finding.Evidence = finding.Evidence{Lost: lost}
			if err := r.cfg.render(&f); err != nil {
				out.Faults = append(out.Faults, Fault{Place: f.place, Signature: f.signature, Err: err})
				continue
			}
		}
		kept = append(kept, f)
	}
	out.Findings = kept
}
