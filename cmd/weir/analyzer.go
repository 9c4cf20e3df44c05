package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/analysis"
	"github.com/weirsec/weir/services/notifier/destination"
)

// analyzer brings what an analysis finds to where it belongs, and counts.
type analyzer struct {
	// out is nil once nobody reads it any more.
	out      destination.Destination
	webhook  *destination.Queue
	messages io.Writer
	progress *progress
	recorder *eventRecorder
	unit     string
	// Counts of the input's records and of what came of them.
	events, invalid, findings, faults int
	lost                              uint64
}

func (o *analyzeOptions) newAnalyzer(cmd *cobra.Command) (*analyzer, error) {
	// The webhook has something to say of its own.
	messages := &lockedWriter{to: cmd.ErrOrStderr()}
	a := &analyzer{messages: messages, unit: "record"}
	var err error
	if a.out, err = o.console(cmd.OutOrStdout()); err != nil {
		return nil, err
	}
	if a.webhook, err = o.tracee.newWebhook(cmd.Context(), messages); err != nil {
		return nil, err
	}
	if o.record != "" {
		if a.recorder, err = newRecorder(o.record, o.input); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// take takes the outcome of one piece of the input.
func (a *analyzer) take(ctx context.Context, out *analysis.Outcome) error {
	a.progress.show(out)
	if out.Count+len(out.Invalid) > 0 {
		a.unit = out.Unit
	}
	a.events += out.Count
	a.lost += out.Lost
	for _, bad := range out.Invalid {
		a.invalid++
		fmt.Fprintf(a.messages, "%s %d: %s\n", out.Unit, bad.Record, event.Printable(bad.Err.Error()))
	}
	for _, f := range out.Faults {
		a.faults++
		fmt.Fprintf(a.messages, "%s: signature %s: %s\n", f.Place, event.Printable(f.Signature.Metadata.ID),
			event.Printable(f.Err.Error()))
		if f.Quarantined {
			fmt.Fprintf(a.messages, "signature %s is not evaluated any more\n", event.Printable(f.Signature.Metadata.ID))
		}
	}
	for i := range out.Findings {
		if err := a.deliver(ctx, &out.Findings[i]); err != nil {
			return err
		}
	}
	if a.recorder != nil {
		return a.recorder.writer.Write(out.Events)
	}
	return nil
}

func (a *analyzer) deliver(ctx context.Context, f *analysis.Finding) error {
	a.findings++
	to := destination.Finding{CloudEvent: f.Text, Detection: f.Detection}
	if a.webhook != nil {
		if err := a.webhook.Put(ctx, to); err != nil {
			return err
		}
	}
	if a.out == nil {
		return nil
	}
	err := a.out.Deliver(ctx, to)
	if errors.Is(err, destination.ErrClosed) && (a.webhook != nil || a.recorder != nil) {
		// Whoever read the findings has seen enough, but is not the only one.
		a.out = nil
		return nil
	}
	return err
}

// finish waits until what was found has been delivered, or given up, or ctx
// ends.
func (a *analyzer) finish(ctx context.Context) {
	if a.webhook != nil {
		a.webhook.Drain(ctx)
	}
}

// undelivered returns how many findings did not reach the webhook.
func (a *analyzer) undelivered() int {
	if a.webhook == nil {
		return 0
	}
	return a.webhook.Failed()
}

// summary says what was done.
func (a *analyzer) summary(w io.Writer) {
	fmt.Fprintf(w, "%s, %s, %s", count(a.events, "event", "events"), count(a.findings, "finding", "findings"),
		count(a.invalid, "invalid "+a.unit, "invalid "+plural(a.unit)))
	if a.lost > 0 {
		fmt.Fprintf(w, "; %s before they were recorded", count(int(a.lost), "event was lost", "events were lost"))
	}
	if a.webhook != nil {
		fmt.Fprintf(w, "; webhook: %d delivered, %d failed", a.webhook.Delivered(), a.webhook.Failed())
	}
	fmt.Fprintln(w)
}

func plural(unit string) string {
	if unit == "batch" {
		return "batches"
	}
	return unit + "s"
}

// close completes what was recorded.
func (a *analyzer) close() error {
	if a.webhook != nil {
		a.webhook.Close()
	}
	if a.recorder == nil {
		return nil
	}
	return a.recorder.close()
}
