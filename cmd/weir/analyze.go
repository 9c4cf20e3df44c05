package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/services/detector/analysis"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/load"
	"github.com/weirsec/weir/services/notifier/cloudevent"
	"github.com/weirsec/weir/services/notifier/destination"
)

// exitFinding is the exit code of "analyze --fail-on-finding" with findings.
const exitFinding = 3

// patience is how long an evaluation may take in the mean. Nobody waits for an
// analysis as a stream does, and a signature that is taken out because the
// machine was busy would lack findings.
const patience = 100 * time.Millisecond

// analyzeOptions are the settings of "weir analyze".
type analyzeOptions struct {
	selection     load.Request
	tracee        traceeFlags
	output        outputForm
	input, record string
	workers       int
	skipInvalid   bool
	failOnFinding bool
}

// newAnalyze returns "weir analyze".
func newAnalyze() *cobra.Command { return newAnalyzeOf(&analyzeOptions{output: outputHuman}) }

// newAnalyzeOf returns "weir analyze" with the options that its flags set.
func newAnalyzeOf(o *analyzeOptions) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "analyze --input FILE|-",
		Short: "Evaluate recorded events, without a broker or privileges",
		Long: `Evaluate recorded events. The input is told by what it begins with: lines of
JSON in either of Tracee's forms (one event a line, up to 16 MiB), Tracee's gob
stream, or a recording of Weir's. Findings go to standard output, in the order
of the events, and messages to standard error.

The flags of tracee-rules are taken too: docs/analyze.md says which are what.

Exit codes: 0 done; 1 there were invalid records, failed evaluations or
undelivered findings, or it failed; 2 wrong usage; 3 there were findings (with
--fail-on-finding).`,
		Example: `  weir analyze --input events.json --signatures ./my-signatures
  tracee --output json | weir analyze --input - --output json
  weir analyze --input events.json --record events.weir`,
		Args: cobra.NoArgs,
		PreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.complete(cmd.Flags().Changed); err != nil {
				return &run.ExitError{Code: run.ExitUsage, Err: fmt.Errorf("%w\nSee '%s --help'", err, cmd.CommandPath())}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd) },
	}
	flags := cmd.Flags()
	o.selection.Register(flags)
	flags.VarP(&o.output, "output", "o", "how findings are shown")
	flags.StringVarP(&o.input, "input", "i", "", "file with events, or - for standard input")
	flags.StringVar(&o.record, "record", "", "also write the events to this file, as a recording that is read much faster")
	flags.IntVar(&o.workers, "workers", 0, "how many processors to use (default all)")
	flags.BoolVar(&o.skipInvalid, "skip-invalid", false, "exit with 0 even if records were invalid")
	flags.BoolVar(&o.failOnFinding, "fail-on-finding", false, "exit with 3 if there are findings")
	o.tracee.register(flags)
	return cmd
}

func (o *analyzeOptions) run(cmd *cobra.Command) (err error) {
	o.tracee.explain(cmd.ErrOrStderr())
	if o.tracee.helpWanted() {
		_, err := fmt.Fprint(cmd.OutOrStdout(), inputTraceeHelp)
		return err
	}
	o.selection.Limits.Cost = patience
	// What signatures from plugins have to say besides findings.
	if o.selection.Logger, err = run.NewLogger(cmd.ErrOrStderr(), "warn", "text", false); err != nil {
		return err
	}
	set, _, err := load.Report(cmd.Context(), o.selection, cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	if o.tracee.list || o.tracee.listEvents {
		return o.tracee.lists(cmd.OutOrStdout(), set)
	}
	collectLess(os.Getenv)
	if o.record != "" || o.tracee.webhook != "" {
		// Standard output is not the only one that waits for the rest.
		signal.Ignore(syscall.SIGPIPE)
	}
	// Whatever ends the work must also end a read that waits for input.
	ctx, cancel := context.WithCancel(cmd.Context())
	defer cancel()
	input, err := o.open(ctx, cmd.InOrStdin())
	if err != nil {
		return err
	}
	defer input.close()
	a, err := o.newAnalyzer(cmd)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	a.progress = newProgress(cmd.ErrOrStderr(), input)
	err = analysis.Run(ctx, o.config(set), set, input.reader, func(ctx context.Context, out *analysis.Outcome) error {
		err := a.take(ctx, out)
		if err != nil {
			cancel()
		}
		return err
	})
	a.progress.clear()
	if errors.Is(err, destination.ErrClosed) {
		// Whoever read the findings has seen enough.
		return nil
	}
	a.finish(cmd.Context())
	a.summary(cmd.ErrOrStderr())
	switch {
	case cmd.Context().Err() != nil:
		return errors.New("interrupted: the rest of the input was not evaluated")
	case err != nil:
		return err
	}
	return o.verdict(a)
}

// collectLess lets garbage lie for longer, as most of what an analysis makes is
// garbage soon, and very little is not; who set limits of their own keeps them.
func collectLess(getenv func(string) string) {
	const percent, limit = 400, 512 << 20
	if getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
	if getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(limit)
	}
}

// config says how the events are evaluated.
func (o *analyzeOptions) config(set *engine.Set) analysis.Config {
	return analysis.Config{
		Workers: o.workers, Render: cloudevent.Marshal, Keep: o.record != "", Ordered: analysis.NeedsOrder(set),
	}
}

// verdict turns the counts into the exit code.
func (o *analyzeOptions) verdict(a *analyzer) error {
	switch {
	case a.undelivered() > 0:
		return fmt.Errorf("%s", count(a.undelivered(), "finding was not delivered", "findings were not delivered"))
	case a.invalid > 0 && !o.skipInvalid:
		return &run.ExitError{Code: run.ExitFailed}
	case a.faults > 0:
		return fmt.Errorf("%s: findings may be missing", count(a.faults, "evaluation failed", "evaluations failed"))
	case a.findings > 0 && o.failOnFinding:
		return &run.ExitError{Code: exitFinding}
	default:
		return nil
	}
}
