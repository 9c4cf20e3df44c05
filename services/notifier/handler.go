package notifier

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/finding"
	"github.com/weirsec/weir/schemas/ledger"
	"github.com/weirsec/weir/services/notifier/cloudevent"
	"github.com/weirsec/weir/services/notifier/trace"
)

// stageName is the notifier's name in stamps.
const stageName = "notifier"

// handler turns the detections of one partition into findings.
type handler struct {
	notifier *Notifier
	// last is the detection handled last, with its stamps, and seq the message
	// it came in: what is committed is nearly always what was just handled.
	last finding.Detection
	seq  uint64

	// books has the accounts of the nodes; counted and countedID are the message
	// that was counted last.
	books     *ledger.Books
	places    *ledger.Places
	counted   uint64
	countedID string
	// told is when it was last logged that detections are missing.
	told time.Time
}

// Handle implements stage.Handler: one detection, one finding. A message that
// is no detection, or none that can be a CloudEvent, is a permanent error.
func (h *handler) Handle(ctx context.Context, in stage.Message) ([]stage.Output, error) {
	d, err := decode(in)
	if err != nil {
		h.account(ctx, &in, &finding.Detection{}, false)
		return nil, stage.Permanent(err)
	}
	if d.Reminder {
		h.account(ctx, &in, &d, false)
		return nil, nil
	}
	data, err := cloudevent.Marshal(&d)
	h.account(ctx, &in, &d, err == nil)
	if err != nil {
		return nil, stage.Permanent(err)
	}
	d.Stamps = append(d.Stamps, finding.Stamp{
		Stage: stageName, Instance: h.notifier.settings.Instance,
		In: in.Received.UnixNano(), Out: time.Now().UnixNano(),
	})
	h.last, h.seq = d, in.StreamSeq
	signature := &d.Finding.Signature
	return []stage.Output{{
		Subject:     h.notifier.cfg.Subject(string(signature.Severity), signature.ID),
		ID:          d.ID,
		Data:        data,
		ContentType: cloudevent.ContentType,
		// Anybody subscribes to findings, with any client.
		Plain:  true,
		Header: cloudevent.Headers(&d, trace.PublishSpan),
	}}, nil
}

// Committed implements stage.Committer: the finding is with the broker now.
func (h *handler) Committed(ctx context.Context, in stage.Message, outputs []stage.Output, at time.Time) {
	d, ok := h.handled(in, outputs)
	if !ok {
		return
	}
	n := h.notifier
	if !n.committed.Add(cloudevent.Source(d.Node) + " " + d.ID) {
		n.metrics.redelivered.Add(ctx, 1)
		return
	}
	severity := string(d.Finding.Signature.Severity)
	n.metrics.findings.Add(ctx, 1, metric.WithAttributes(attribute.String("severity", severity)))
	// Inside the trace, so that the histogram's exemplars lead to it. Clocks of
	// two machines can make the time negative; nothing is faster than at once.
	n.metrics.latency.Record(trace.Context(ctx, &d, trace.PublishSpan), max(at.Sub(time.Unix(0, d.Time)).Seconds(), 0))
	if n.traces == nil {
		return
	}
	d.Stamps = append(d.Stamps, finding.Stamp{
		Stage: trace.StageBroker, Instance: n.settings.Instance,
		In: d.Stamps[len(d.Stamps)-1].Out, Out: at.UnixNano(),
	})
	if n.traces.Materialise(ctx, d) != nil {
		n.metrics.untraced.Add(ctx, 1)
	}
}

// handled returns the detection that outputs were made of, with the notifier's
// stamp as the last one.
func (h *handler) handled(in stage.Message, outputs []stage.Output) (finding.Detection, bool) {
	if len(outputs) != 1 {
		return finding.Detection{}, false
	}
	if h.seq == in.StreamSeq && h.last.ID == outputs[0].ID {
		return h.last, true
	}
	d, err := decode(in)
	if err != nil {
		return finding.Detection{}, false
	}
	d.Stamps = cloudevent.Stamps(outputs[0].Header)
	return d, len(d.Stamps) > 0
}

// decode reads a detection and checks what a subject needs.
func decode(in stage.Message) (finding.Detection, error) {
	var d finding.Detection
	if err := cloudevent.DecodeJSON(in.Data, &d); err != nil {
		return d, fmt.Errorf("read detection: %w", err)
	}
	if d.Finding.Signature.ID == "" && !d.Reminder {
		return d, errors.New("read detection: no signature id")
	}
	return d, nil
}
