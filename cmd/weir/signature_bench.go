package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/load"
	"github.com/weirsec/weir/services/detector/recording"
	"github.com/weirsec/weir/services/detector/sigbench"
	"github.com/weirsec/weir/services/detector/sigtest"
)

const (
	// syntheticEach is how many events of each kind are made up.
	syntheticEach = 200
	// maxBenchEvents bounds the memory for the events of a file.
	maxBenchEvents = 200_000
)

// benchOptions are the settings of "weir signature bench".
type benchOptions struct {
	selection load.Request
	output    outputForm
	events    string
	time      time.Duration
}

// newSignatureBench returns "weir signature bench".
func newSignatureBench() *cobra.Command {
	o := &benchOptions{output: outputHuman}
	cmd := &cobra.Command{
		Use:   "bench [DIR]...",
		Short: "Measure what each signature costs, and rank them",
		Long: fmt.Sprintf(`Measure what each signature costs for each event that it selects, alone, and
what all cost together. The events are those of a file (one a line, in Tracee's
flat JSON form, the first %d), or made up: %d of each selected kind, and those
of tests.yaml.

The figures are of this machine at this moment: compare those of one run.`, maxBenchEvents, syntheticEach),
		Example: `  weir signature bench ./my-signatures
  weir signature bench --pack stable --events events.jsonl --output json`,
		RunE: func(cmd *cobra.Command, dirs []string) error { return o.run(cmd, dirs) },
	}
	o.selection.Register(cmd.Flags())
	cmd.Flags().VarP(&o.output, "output", "o", "how the figures are shown")
	cmd.Flags().StringVarP(&o.events, "events", "e", "", "file with events, or - for standard input")
	cmd.Flags().DurationVar(&o.time, "time", 200*time.Millisecond, "how long each signature is measured")
	return cmd
}

func (o *benchOptions) run(cmd *cobra.Command, dirs []string) error {
	if o.time <= 0 {
		return usage(fmt.Errorf("--time %s: want more than nothing", o.time))
	}
	o.selection.Dirs = append(o.selection.Dirs, dirs...)
	trees, err := o.selection.Trees()
	if err != nil {
		return err
	}
	loaded, problems, err := testEngines(cmd.Context(), o.selection)
	tell(cmd.ErrOrStderr(), problems)
	if err != nil {
		return err
	}
	var engines []sigbench.Engine
	for _, e := range loaded {
		engines = append(engines, sigbench.Engine{Name: e.Name, Set: e.Set})
	}
	events, err := o.read(cmd.InOrStdin(), trees, loaded[0])
	if err != nil {
		return err
	}
	report, err := sigbench.Measure(cmd.Context(), engines, events, sigbench.Options{
		Time: o.time, Progress: progressOn(cmd.ErrOrStderr()),
	})
	if err != nil {
		return err
	}
	if o.output == outputJSON {
		return printJSON(cmd.OutOrStdout(), report)
	}
	return benchTable(cmd.OutOrStdout(), report, len(engines) > 1)
}

// read returns the events to measure with.
func (o *benchOptions) read(stdin io.Reader, trees []load.Tree, e sigtest.Engine) ([]*event.Event, error) {
	switch o.events {
	case "":
		events := sigbench.Synthetic(e.Set, syntheticEach)
		// What is wrong with tests is the business of "weir signature test".
		found, _ := suites(trees)
		for _, s := range found {
			for _, c := range s.Cases {
				events = append(events, c.Events...)
			}
		}
		return events, nil
	case "-":
		return benchEvents(stdin)
	default:
		file, err := os.Open(o.events)
		if err != nil {
			return nil, fmt.Errorf("read events: %w", err)
		}
		defer file.Close()
		return benchEvents(file)
	}
}

// benchEvents reads one event a line.
func benchEvents(input io.Reader) ([]*event.Event, error) {
	var events []*event.Event
	lines := recording.NewLines(input)
	var decoder recording.Decoder
	for len(events) < maxBenchEvents {
		piece, err := lines.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		decoded := piece.Decode(&decoder)
		for _, bad := range decoded.Invalid {
			return nil, fmt.Errorf("line %d: %w", bad.Record, bad.Err)
		}
		for i := range decoded.Events {
			events = append(events, &decoded.Events[i])
		}
	}
	return events[:min(len(events), maxBenchEvents)], nil
}

// progressOn shows on a terminal what is measured, and nothing elsewhere.
func progressOn(w io.Writer) func(done, of int, next string) {
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return nil
	}
	return func(done, of int, next string) {
		fmt.Fprintf(w, "\r\x1b[K%d/%d %s", done+1, of, event.Printable(next))
		if done+1 == of {
			fmt.Fprint(w, "\r\x1b[K")
		}
	}
}

// benchTable writes the ranking for people.
func benchTable(w io.Writer, r *sigbench.Report, several bool) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "RANK\tSHARE\tNS/EVENT\tALLOCS\tBYTES\tSELECTED\tCANDIDATES\tMATCHES\tERRORS\tTIER\t  SIGNATURE")
	rank, engine := 0, ""
	for _, s := range r.Results {
		if s.Engine != engine {
			rank, engine = 0, s.Engine
		}
		rank++
		name := event.Printable(s.Signature)
		if several {
			name += " on " + s.Engine
		}
		if s.Quarantined {
			name += " (quarantined)"
		}
		fmt.Fprintf(table, "%d\t%.0f%%\t%.0f\t%.1f\t%.0f\t%d\t%s\t%d\t%d\t%s\t  %s\n", rank, 100*s.Share, s.Nanos, s.Allocs, s.Bytes,
			s.Selected, candidates(s), s.Matches, s.Errors, s.Tier, name)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, t := range r.Totals {
		if _, err := fmt.Fprintf(w, "\nall together on %s: %.0f ns and %.1f allocations an event, over %d events\n",
			t.Engine, t.Nanos, t.Allocs, t.Events); err != nil {
			return err
		}
	}
	return nil
}

// candidates is the share of the selected events on which the signature was
// really run.
func candidates(r sigbench.Result) string {
	if r.Selected == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f%%", 100*float64(r.Evaluated)/float64(r.Selected))
}
