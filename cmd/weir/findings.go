package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.opentelemetry.io/otel/metric/noop"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/services/notifier/cloudevent"
	"github.com/weirsec/weir/services/notifier/destination"
	"github.com/weirsec/weir/services/notifier/terminal"
	"github.com/weirsec/weir/services/notifier/trace"
)

// findingsOptions are the settings of the commands below "weir findings".
type findingsOptions struct {
	bus      bus.Config
	output   outputForm
	since    time.Duration
	severity string
}

// newFindings returns "weir findings" with its subcommands.
func newFindings() *cobra.Command {
	o := &findingsOptions{output: outputHuman}
	cmd := &cobra.Command{Use: "findings", Short: "Look at findings"}
	tail := &cobra.Command{
		Use:   "tail",
		Short: "Show findings as they come",
		Example: `  weir findings tail
  weir findings tail --since 24h --severity high --output json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.tail(cmd.Context(), cmd) },
	}
	tail.Flags().DurationVar(&o.since, "since", 0, "begin with findings made this long ago (default: only new ones)")
	tail.Flags().StringVar(&o.severity, "severity", "", "only findings of this severity: info, low, medium, high or critical")
	show := &cobra.Command{
		Use:   "show ID",
		Short: "Show one finding with the trace of its way; the beginning of its id is enough",
		Args:  cobra.ExactArgs(1),
		RunE:  func(cmd *cobra.Command, args []string) error { return o.show(cmd.Context(), cmd, args[0]) },
	}
	for _, c := range []*cobra.Command{tail, show} {
		run.RegisterBus(c.Flags(), &o.bus)
		c.Flags().VarP(&o.output, "output", "o", "how findings are shown")
		cmd.AddCommand(c)
	}
	return cmd
}

// connect opens the connection of an operator's command.
func connect(ctx context.Context, cfg bus.Config, log *slog.Logger) (*bus.Conn, func(), error) {
	conn, err := bus.Connect(ctx, cfg, bus.WithLogger(log))
	if err != nil {
		return nil, nil, fmt.Errorf("%w\nIs Weir running with --listen? Name its address with --nats-url or NATS_URL", err)
	}
	return conn, func() {
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		// The command's answer is out already; there is nothing to save.
		_ = conn.Close(limited)
	}, nil
}

func (o *findingsOptions) tail(ctx context.Context, cmd *cobra.Command) error {
	log, err := run.NewLogger(cmd.ErrOrStderr(), "warn", "text", run.Colour(cmd.ErrOrStderr()))
	if err != nil {
		return err
	}
	filter, err := o.filter()
	if err != nil {
		return err
	}
	conn, done, err := connect(ctx, o.bus, log)
	if err != nil {
		return err
	}
	defer done()
	tail := bus.TailConfig{Stream: bus.StreamFindings, Filter: filter, DeliverNew: o.since == 0}
	if o.since > 0 {
		tail.Since = time.Now().Add(-o.since)
	}
	deliverer, err := destination.NewDeliverer(destination.Config{},
		stage.Settings{Instance: "cli", Logger: log, Meter: noop.Meter{}}, o.output.console(cmd.OutOrStdout()))
	if err != nil {
		return err
	}
	return deliverer.Run(ctx, func(ctx context.Context, fn func(context.Context, bus.Received) error) error {
		return conn.Tail(ctx, tail, fn)
	})
}

// filter returns the subjects to read.
func (o *findingsOptions) filter() (string, error) {
	if o.severity == "" {
		return "", nil
	}
	for _, s := range []string{"info", "low", "medium", "high", "critical"} {
		if s == o.severity {
			return "weir.findings." + s + ".>", nil
		}
	}
	return "", fmt.Errorf("severity %q: use info, low, medium, high or critical", o.severity)
}

// errFound ends the search for a finding.
var errFound = errors.New("found")

func (o *findingsOptions) show(ctx context.Context, cmd *cobra.Command, id string) error {
	conn, done, err := connect(ctx, o.bus, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer done()
	usage, err := conn.Usage(ctx, bus.StreamFindings)
	if err != nil {
		return err
	}
	if usage.Messages == 0 {
		return errors.New("there are no findings")
	}
	err = conn.Tail(ctx, bus.TailConfig{Stream: bus.StreamFindings}, func(_ context.Context, m bus.Received) error {
		if strings.HasPrefix(m.ID, id) {
			return errors.Join(o.print(cmd, m), errFound)
		}
		if m.StreamSeq >= usage.LastSeq {
			return fmt.Errorf("no finding %q among the %d that are kept", id, usage.Messages)
		}
		return nil
	})
	if errors.Is(err, errFound) {
		return nil
	}
	return err
}

// print shows a finding and the way it went.
func (o *findingsOptions) print(cmd *cobra.Command, m bus.Received) error {
	d, err := cloudevent.Parse(m.Data)
	if err != nil {
		return err
	}
	d.Stamps = cloudevent.Stamps(m.Header)
	if o.output == outputJSON {
		return o.output.console(cmd.OutOrStdout()).Deliver(cmd.Context(),
			destination.Finding{CloudEvent: m.Data, Detection: d})
	}
	options := terminalOptions(cmd.OutOrStdout())
	width := options.Width
	if width == 0 {
		width = defaultWidth
	}
	_, err = fmt.Fprint(cmd.OutOrStdout(), terminal.Render(&d, options), "\n",
		trace.Waterfall(d, width, options.Color))
	return err
}

// defaultWidth is how wide a waterfall is where there is no terminal.
const defaultWidth = 100
