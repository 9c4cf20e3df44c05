package main

import (
	"context"
	"fmt"
	"io"

	"github.com/weirsec/weir/services/notifier/destination"
	"github.com/weirsec/weir/services/notifier/trace"
)

// demoConsole shows findings and, for people, each one's trace.
type demoConsole struct {
	destination.Destination
	form  outputForm
	out   io.Writer
	shown int
}

func newDemoConsole(form *outputForm, out io.Writer) *demoConsole {
	return &demoConsole{Destination: form.console(out), form: *form, out: out}
}

// Deliver shows one finding.
func (c *demoConsole) Deliver(ctx context.Context, f destination.Finding) error {
	if err := c.Destination.Deliver(ctx, f); err != nil {
		return err
	}
	c.shown++
	if c.form == outputJSON {
		return nil
	}
	options := terminalOptions(c.out)
	if options.Width == 0 {
		options.Width = defaultWidth
	}
	_, err := fmt.Fprintf(c.out, "%s\n", trace.Waterfall(f.Detection, options.Width, options.Color))
	return err
}
