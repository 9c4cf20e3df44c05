package analysis

import (
	"context"
	"fmt"
	"time"

	"github.com/weirsec/weir/services/detector/detection"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/recording"
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
		e := &d.Events[i]
		matches, faults := x.evaluator.Evaluate(ctx, e)
		if len(matches)+len(faults) == 0 {
			continue
		}
		if err := ctx.Err(); err != nil {
			// What was cut off is no fault of the signatures.
			return err
		}
		for _, f := range faults {
			out.Faults = append(out.Faults, Fault{Place: d.Place(i), Signature: f.Signature, Err: f.Err})
		}
		for _, m := range matches {
			made := detection.Build(e, m, detection.Circumstances{SetVersion: x.set.Version(), Made: time.Now()})
			text, err := x.cfg.Render(&made)
			if err != nil {
				err = fmt.Errorf("render the finding: %w", err)
				out.Faults = append(out.Faults, Fault{Place: d.Place(i), Signature: m.Signature, Err: err})
				continue
			}
			out.Findings = append(out.Findings, Finding{Detection: made, Text: text})
		}
	}
	return ctx.Err()
}
