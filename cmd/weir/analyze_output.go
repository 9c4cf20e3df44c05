package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode"

	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/services/notifier/destination"
	"github.com/weirsec/weir/services/notifier/destination/template"
	"github.com/weirsec/weir/services/notifier/destination/webhook"
)

// console returns where findings are shown.
func (o *analyzeOptions) console(out io.Writer) (destination.Destination, error) {
	if o.tracee.template == "" {
		return o.output.console(out), nil
	}
	t, err := template.Load(o.tracee.template)
	if err != nil {
		return nil, fmt.Errorf("--output-template: %w", err)
	}
	return destination.NewRenderedConsole(out, func(f destination.Finding) ([]byte, error) {
		text, err := t.Render(f)
		return []byte(harmless(string(text))), err
	}), nil
}

// harmless replaces what a terminal could take for a command: what a template
// shows was partly chosen by whoever is watched.
func harmless(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// newWebhook returns the queue of the webhook, nil where there is none.
func (t *traceeFlags) newWebhook(ctx context.Context, messages io.Writer) (*destination.Queue, error) {
	if t.webhook == "" {
		return nil, nil
	}
	cfg := webhook.Config{URL: t.webhook, ContentType: t.webhookType, UserAgent: "weir/" + run.Version()}
	if t.webhookTemplate != "" {
		made, err := template.Load(t.webhookTemplate)
		if err != nil {
			return nil, fmt.Errorf("--webhook-template: %w", err)
		}
		cfg.Render = made.Render
	}
	to, err := webhook.New(cfg)
	if err != nil {
		return nil, err
	}
	return destination.NewQueue(ctx, destination.QueueConfig{
		OnFailure: func(f destination.Finding, err error) {
			fmt.Fprintf(messages, "finding %.8s: %v\n", f.Detection.ID, err)
		},
	}, to), nil
}

// lockedWriter lets several goroutines write whole messages.
type lockedWriter struct {
	mu sync.Mutex
	to io.Writer
}

// Write implements io.Writer.
func (w *lockedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(p)
}
