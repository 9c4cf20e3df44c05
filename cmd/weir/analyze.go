package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/services/detector/load"
	"github.com/weirsec/weir/services/notifier/destination"
)

// exitFinding is the exit code of "analyze --fail-on-finding" with findings.
const exitFinding = 3

// analyzeOptions are the settings of "weir analyze".
type analyzeOptions struct {
	selection     load.Request
	output        outputForm
	input         string
	skipInvalid   bool
	failOnFinding bool
}

// newAnalyze returns "weir analyze".
func newAnalyze() *cobra.Command {
	o := &analyzeOptions{output: outputHuman}
	cmd := &cobra.Command{
		Use:   "analyze --input FILE|-",
		Short: "Evaluate recorded events, without a broker or privileges",
		Long: `Evaluate recorded events: one event a line in Tracee's flat JSON form, up to
16 MiB a line. Findings go to standard output, messages to standard error.

Exit codes: 0 done; 1 there were invalid lines, or it failed; 2 wrong usage;
3 there were findings (with --fail-on-finding).`,
		Example: `  weir analyze --input events.json --signatures ./my-signatures
  tracee --output json | weir analyze --input - --output json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd) },
	}
	o.selection.Register(cmd.Flags())
	cmd.Flags().VarP(&o.output, "output", "o", "how findings are shown")
	cmd.Flags().StringVarP(&o.input, "input", "i", "", "file with events, or - for standard input")
	cmd.Flags().BoolVar(&o.skipInvalid, "skip-invalid", false, "exit with 0 even if lines were invalid")
	cmd.Flags().BoolVar(&o.failOnFinding, "fail-on-finding", false, "exit with 3 if there are findings")
	// The flag exists, so this cannot fail.
	_ = cmd.MarkFlagRequired("input")
	return cmd
}

func (o *analyzeOptions) run(cmd *cobra.Command) error {
	input, err := o.open(cmd.InOrStdin())
	if err != nil {
		return err
	}
	defer input.Close()
	// What signatures from plugins have to say besides findings.
	if o.selection.Logger, err = run.NewLogger(cmd.ErrOrStderr(), "warn", "text", false); err != nil {
		return err
	}
	set, _, err := load.Report(cmd.Context(), o.selection, cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	a := newAnalyzer(set, o.output.console(cmd.OutOrStdout()), cmd.ErrOrStderr())
	err = errors.Join(a.run(cmd.Context(), input), a.evaluator.Close())
	if errors.Is(err, destination.ErrClosed) {
		// Whoever read the findings has seen enough.
		return nil
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s, %s, %s\n", count(a.events, "event", "events"),
		count(a.findings, "finding", "findings"), count(a.invalid, "invalid line", "invalid lines"))
	if err != nil {
		return err
	}
	return o.verdict(a)
}

// open opens the input.
func (o *analyzeOptions) open(stdin io.Reader) (io.ReadCloser, error) {
	if o.input == "-" {
		return io.NopCloser(stdin), nil
	}
	file, err := os.Open(o.input)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	return file, nil
}

// verdict turns the counts into the exit code.
func (o *analyzeOptions) verdict(a *analyzer) error {
	switch {
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
