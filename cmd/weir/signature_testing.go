package main

import (
	"fmt"
	"io"
	"regexp"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/load"
	"github.com/weirsec/weir/services/detector/problem"
	"github.com/weirsec/weir/services/detector/sigtest"
)

// maxUntested is how many signatures without a test are named.
const maxUntested = 10

// testOptions are the settings of "weir signature test".
type testOptions struct {
	selection load.Request
	output    *choice
	filter    string
	coverage  bool
	require   bool
}

// newSignatureTest returns "weir signature test".
func newSignatureTest() *cobra.Command {
	o := &testOptions{output: newChoice("human", "json", "junit")}
	cmd := &cobra.Command{
		Use:   "test [DIR]...",
		Short: "Run the tests of signatures: tests.yaml, *.tests.yaml and *_test.rego",
		Long: `Run the tests that lie beside signatures: the cases of tests.yaml and
*.tests.yaml (events, and the findings that they must give), and the rules whose
names begin with test_ in *_test.rego.

Exit codes: 0 all passed; 1 one did not, or a file could not be loaded; 2 wrong
usage.`,
		Example: `  weir signature test ./my-signatures
  weir signature test ./my-signatures --coverage --require-tests
  weir signature test --pack stable --run 'shadow_read/.*cat' --output junit`,
		RunE: func(cmd *cobra.Command, dirs []string) error { return o.run(cmd, dirs) },
	}
	o.selection.Register(cmd.Flags())
	cmd.Flags().VarP(o.output, "output", "o", "how the result is shown")
	cmd.Flags().StringVar(&o.filter, "run", "", "only tests whose SIGNATURE/CASE or PACKAGE.RULE matches this regular expression")
	cmd.Flags().BoolVar(&o.coverage, "coverage", false, "show which lines of the signatures the tests reach")
	cmd.Flags().BoolVar(&o.require, "require-tests", false, "fail where a signature has no test")
	return cmd
}

func (o *testOptions) run(cmd *cobra.Command, dirs []string) error {
	o.selection.Dirs = append(o.selection.Dirs, dirs...)
	plan := sigtest.Plan{Targets: testTargets(), Coverage: o.coverage, LoadedOnly: len(o.selection.Only) > 0}
	if o.filter != "" {
		filter, err := regexp.Compile(o.filter)
		if err != nil {
			return usage(fmt.Errorf("--run: %w", err))
		}
		plan.Filter = filter
	}
	trees, err := o.selection.Trees()
	if err != nil {
		return err
	}
	engines, problems, err := testEngines(cmd.Context(), o.selection)
	if err != nil {
		tell(cmd.ErrOrStderr(), problems)
		return err
	}
	found, unreadable := suites(trees)
	opened, err := workspaces(cmd.Context(), o.selection, trees)
	if err != nil {
		return err
	}
	plan.Engines, plan.Suites, plan.Workspaces = engines, found, opened
	broken := [][]problem.Problem{problems, unreadable}
	for _, w := range plan.Workspaces {
		broken = append(broken, w.Problems)
	}
	bad := tell(cmd.ErrOrStderr(), broken...)
	report, err := plan.Run(cmd.Context())
	if err != nil {
		return err
	}
	if err := o.write(cmd.OutOrStdout(), report); err != nil {
		return err
	}
	return o.verdict(cmd.ErrOrStderr(), report, bad)
}

// write shows the report in the form that is asked for.
func (o *testOptions) write(w io.Writer, r *sigtest.Report) error {
	switch o.output.value {
	case "json":
		return printJSON(w, r)
	case "junit":
		return r.WriteJUnit(w)
	default:
		return testTable(w, r)
	}
}

// verdict tells which signatures have no test and turns the result into the
// exit code.
func (o *testOptions) verdict(messages io.Writer, r *sigtest.Report, bad int) error {
	for _, id := range r.Untested[:min(len(r.Untested), maxUntested)] {
		fmt.Fprintf(messages, "%s has no test: put a tests.yaml beside it\n", event.Printable(id))
	}
	if more := len(r.Untested) - maxUntested; more > 0 {
		fmt.Fprintf(messages, "and %s without a test\n", count(more, "other signature", "other signatures"))
	}
	if o.output.value == "human" && len(r.Outcomes) == 0 {
		fmt.Fprintln(messages, "no test was run: there is no tests.yaml or *_test.rego, or --run picks none")
	}
	if r.Count(sigtest.StatusFail) > 0 || bad > 0 || o.require && len(r.Untested) > 0 {
		return &run.ExitError{Code: run.ExitFailed}
	}
	return nil
}

// testTable writes the report for people. Names are their authors', so they are
// made safe for a terminal.
func testTable(w io.Writer, r *sigtest.Report) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if len(r.Outcomes) > 0 {
		fmt.Fprintln(table, "RESULT\tTIME\tENGINE\tSIGNATURE\tTEST")
	}
	for _, o := range r.Outcomes {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", o.Status, o.Duration.Round(time.Microsecond), o.Engine,
			event.Printable(o.Suite), event.Printable(o.Name))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, o := range r.Outcomes {
		if o.Status != sigtest.StatusFail {
			continue
		}
		fmt.Fprintf(w, "\n%s: %s on %s\n", place(o.File, o.Line), event.Printable(o.Suite+" "+o.Name), o.Engine)
		for _, f := range o.Failures {
			fmt.Fprintf(w, "  %s\n", f)
		}
		if o.Output != "" {
			fmt.Fprintf(w, "  printed: %s\n", event.Printable(o.Output))
		}
	}
	if r.Coverage != nil {
		if err := coverageTable(w, r.Coverage); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "\n%d passed, %d failed, %d skipped\n",
		r.Count(sigtest.StatusPass), r.Count(sigtest.StatusFail), r.Count(sigtest.StatusSkip))
	return err
}

// coverageTable writes how much of each file was reached.
func coverageTable(w io.Writer, files []sigtest.FileCoverage) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\nCOVERED\tFILE\tLINES NOT REACHED")
	for _, c := range files {
		fmt.Fprintf(table, "%.0f%%\t%s\t%s\n", c.Percent(), event.Printable(c.File), c.Ranges())
	}
	return table.Flush()
}

// place names a line of a file.
func place(file string, line int) string {
	if line == 0 {
		return event.Printable(file)
	}
	return fmt.Sprintf("%s:%d", event.Printable(file), line)
}
