package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/weirsec/weir/internal/bus/embed"
	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/load"
)

// demoPartitions is how many partitions the demo's streams have: it shows one
// machine, and fewer consumers start sooner.
const demoPartitions = 4

// demoOptions are the settings of "weir demo".
type demoOptions struct {
	selection load.Request
	output    outputForm
	live      bool
}

// newDemo returns "weir demo".
func newDemo() *cobra.Command {
	o := &demoOptions{output: outputHuman}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show an attack going through all stages (recorded: no root, no network)",
		Long: `Show an attack going through all stages: collector, enricher, detector and
notifier around an embedded broker, in a directory that is removed afterwards.

The attack is recorded, so that it needs no privileges; with --live it is
performed for real, harmlessly, on this machine.`,
		Example: `  weir demo
  sudo weir demo --live
  weir demo --output json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), cmd) },
	}
	o.selection.Register(cmd.Flags())
	cmd.Flags().VarP(&o.output, "output", "o", "how findings are shown")
	cmd.Flags().BoolVar(&o.live, "live", false, "perform the attack for real (needs root)")
	return cmd
}

// run shows the attack on the way through a pipeline of its own.
func (o *demoOptions) run(ctx context.Context, cmd *cobra.Command) (err error) {
	began := time.Now()
	flags := run.Flags{LogLevel: "warn", LogFormat: "text", HTTP: "off"}
	frame, err := flags.Open(ctx, cmd, "weir")
	if err != nil {
		return err
	}
	end := context.WithoutCancel(ctx)
	defer frame.Close(end)
	// Where findings are JSON, words for people must keep out of their way.
	out, words := cmd.OutOrStdout(), cmd.OutOrStdout()
	if o.output == outputJSON {
		words = cmd.ErrOrStderr()
	}
	set, _, err := load.Report(ctx, o.selection, cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	attack, err := o.openAttack(frame, set)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, attack.close()) }()
	dir, err := os.MkdirTemp("", "weir-demo-")
	if err != nil {
		return fmt.Errorf("make a directory for the demo: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	broker, err := openBroker(ctx, frame, embed.Config{Dir: dir, MaxBytes: 256 << 20, Reserve: 1 << 20}, demoPartitions)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, broker.close(end)) }()
	console := newDemoConsole(&o.output, out)
	p, err := newPipeline(frame, broker.conn, demoPartitions, set, frame.Telemetry.Spans, console, nil)
	if err != nil {
		return err
	}
	defer p.close(end, frame.Logger)
	printOpening(words, attack.what, set)
	if err := o.play(ctx, frame, broker, p, attack); err != nil {
		return err
	}
	if console.shown == 0 && ctx.Err() == nil {
		return errors.New("no finding: the loaded signatures do not look for what the attack does")
	}
	printClosing(words, console.shown, time.Since(began), o.live)
	return nil
}

// play runs the pipeline until the attack is over and all of it has arrived.
func (o *demoOptions) play(ctx context.Context, frame *run.Frame, broker *broker, p *pipeline, attack *demoAttack) error {
	over, stop := context.WithCancel(ctx)
	defer stop()
	source, err := attack.components(broker.conn, stop)
	if err != nil {
		return err
	}
	group := run.Group{Logger: frame.Logger}
	return group.Run(over, append(source, p.components()...)...)
}

func printOpening(w io.Writer, what string, set *engine.Set) {
	fmt.Fprintf(w, "✓ broker      embedded NATS JetStream, in a temporary directory\n")
	fmt.Fprintf(w, "✓ collector   %s\n", what)
	fmt.Fprintf(w, "✓ enricher    process tree, containers\n")
	fmt.Fprintf(w, "✓ detector    %s: %s\n", count(len(set.Signatures()), "signature", "signatures"), signatureNames(set))
	fmt.Fprintf(w, "✓ notifier    CloudEvents on weir.findings.<severity>.<signature>\n\n")
}

func printClosing(w io.Writer, shown int, took time.Duration, live bool) {
	fmt.Fprintf(w, "%s in %.1f s. What to try next:\n", count(shown, "finding", "findings"), took.Seconds())
	if !live {
		fmt.Fprintln(w, "  sudo weir demo --live                   the same with eBPF on this kernel")
	}
	fmt.Fprintln(w, "  sudo weir run                           watch this machine")
	fmt.Fprintln(w, "  sudo weir run --signatures ./mine       with your own Rego signatures")
	fmt.Fprintln(w, "  weir signature list                     what is looked for")
	fmt.Fprintln(w, "  weir demo --output json                 the findings as CloudEvents")
}
