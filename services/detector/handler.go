package detector

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/batch"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/finding"
	"github.com/weirsec/weir/services/detector/detection"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/evidence"
)

// stageName is how the detector signs its stamps.
const stageName = "detector"

// handler evaluates the batches of one partition.
type handler struct {
	detector  *Detector
	subject   string
	decoder   batch.Decoder
	set       *engine.Set
	evaluator *engine.Evaluator
	losses    *evidence.Losses
	accounts  accounts
	done      progress
}

// progress is how far a message was evaluated and what came of it.
type progress struct {
	// message and id are its place in the stream and its publisher's name for
	// it.
	message uint64
	id      string
	events  int
	outputs []stage.Output
	// read and finished are set once the accounts have it.
	read, finished bool
}

// began reports whether a message is the one whose progress this is.
func (p *progress) began(in stage.Message) bool {
	return in.Delivered > 1 && in.StreamSeq == p.message && in.ID == p.id
}

// Handle evaluates one batch and returns its detections, in the order of the
// events and, for one event, of the signatures' ids.
//
// A message that comes again, because its detections could not be published or
// the evaluation was cut short, goes on where it was: signatures remember its
// events already, and must not count them twice.
func (h *handler) Handle(ctx context.Context, in stage.Message) ([]stage.Output, error) {
	if !h.done.began(in) {
		h.done = progress{message: in.StreamSeq, id: in.ID}
		if set := h.detector.Set(); set != h.set {
			h.use(set)
		}
	}
	b, err := h.decoder.Decode(in.Data)
	if err != nil {
		if !in.Replayed {
			h.detector.metrics.undecodable.Add(ctx, 1)
		}
		return nil, stage.Permanent(fmt.Errorf("decode the batch: %w", err))
	}
	if !h.done.read {
		h.done.read = true
		h.accounts.read(&in, b.Envelope)
		h.losses.Remember(b.Envelope)
	}
	if h.done.events == len(b.Events) {
		h.finish(b.Envelope)
		return h.done.outputs, nil
	}
	// The decoder uses the batch's memory again, but only for the next one.
	h.evaluator.Hold()
	defer h.evaluator.Release()
	for h.done.events < len(b.Events) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := h.evaluate(ctx, &b.Events[h.done.events], b.Envelope, &in); err != nil {
			return nil, err
		}
		h.done.events++
	}
	if !in.Replayed {
		h.detector.metrics.events.Add(ctx, int64(len(b.Events)))
	}
	h.finish(b.Envelope)
	return h.done.outputs, nil
}

// finish has the accounts know that a message was evaluated to its end.
func (h *handler) finish(env *eventpb.Envelope) {
	if !h.done.finished {
		h.done.finished = true
		h.accounts.evaluated(env)
	}
}

// evaluate adds the detections of one event to the outputs.
func (h *handler) evaluate(ctx context.Context, e *event.Event, env *eventpb.Envelope, in *stage.Message) error {
	matches, faults := h.evaluator.Evaluate(ctx, e)
	for _, f := range faults {
		h.detector.fault(f)
	}
	for _, m := range matches {
		output, err := h.output(e, m, env, in)
		if err != nil {
			return err
		}
		h.done.outputs = append(h.done.outputs, output)
	}
	return nil
}

// use puts a set to work, nil for none. What the one before has and this one
// has not is ended.
func (h *handler) use(set *engine.Set) {
	old := h.evaluator
	h.set, h.evaluator = set, nil
	if set != nil {
		h.evaluator = set.Successor(old)
		h.losses.LookBack(set)
	}
	if old == nil {
		return
	}
	if err := old.Close(); err != nil {
		h.detector.log.Error("a signature did not end cleanly", slog.Any("error", err))
	}
}

// output is the message of one match.
func (h *handler) output(
	e *event.Event, m engine.Match, env *eventpb.Envelope, in *stage.Message,
) (stage.Output, error) {
	now := time.Now()
	made := detection.Build(e, m, detection.Circumstances{
		SetVersion: h.set.Version(),
		Stamps:     h.stamps(env, in.Received, now),
		Lost:       h.losses.Around(e, m.WindowStart),
		Made:       now,
	})
	take := h.accounts.number(in, &made)
	text, err := json.Marshal(made)
	if err != nil {
		return stage.Output{}, stage.Permanent(fmt.Errorf("detection of %s: %w", m.Signature.Metadata.ID, err))
	}
	take()
	return stage.Output{Subject: h.subject, ID: made.ID, Data: text, ContentType: "application/json"}, nil
}

// stamps are the batch's with the detector's own.
func (h *handler) stamps(env *eventpb.Envelope, in, out time.Time) []finding.Stamp {
	stamps := make([]finding.Stamp, 0, len(env.Stamps)+1)
	for _, s := range env.Stamps {
		stamps = append(stamps, finding.Stamp{Stage: s.Stage, Instance: s.Instance, In: s.In, Out: s.Out})
	}
	return append(stamps, finding.Stamp{
		Stage: stageName, Instance: h.detector.instance, In: in.UnixNano(), Out: out.UnixNano(),
	})
}
