package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/services/detector/golang"
	"github.com/weirsec/weir/services/detector/lint"
	"github.com/weirsec/weir/services/detector/load"
	"github.com/weirsec/weir/services/detector/problem"
)

// lintOptions are the settings of "weir signature lint".
type lintOptions struct {
	selection load.Request
	output    *choice
	failOn    *choice
	rules     bool
}

// newSignatureLint returns "weir signature lint".
func newSignatureLint() *cobra.Command {
	o := &lintOptions{
		output: newChoice("human", "json", "sarif"),
		failOn: newChoice(string(lint.Error), string(lint.Warning), string(lint.Info)),
	}
	cmd := &cobra.Command{
		Use:   "lint [DIR]...",
		Short: "Find mistakes in signatures, with the types of the events that they select",
		Long: `Look at signatures more closely than loading does: fields and arguments that the
selected events do not have, comparisons of values of different types, conditions
that exclude each other, descriptions that findings will miss. Of signatures in
Go only what they say of themselves is looked at, their metadata and selectors;
plugins are loaded for it, which runs their code.

A comment hides what is meant to be so, on its line or the next one:

  # weir:ignore WL302 the name is only shown

Exit codes: 0 nothing as grave as --fail-on; 1 there is; 2 wrong usage.`,
		Example: `  weir signature lint ./my-signatures
  weir signature lint ./my-signatures --fail-on warning --output sarif
  weir signature lint --rules`,
		RunE: func(cmd *cobra.Command, dirs []string) error { return o.run(cmd, dirs) },
	}
	o.selection.Register(cmd.Flags())
	cmd.Flags().VarP(o.output, "output", "o", "how findings are shown")
	cmd.Flags().Var(o.failOn, "fail-on", "the mildest finding that makes the exit code 1")
	cmd.Flags().BoolVar(&o.rules, "rules", false, "show the rules and end")
	return cmd
}

func (o *lintOptions) run(cmd *cobra.Command, dirs []string) error {
	if o.rules {
		return o.list(cmd.OutOrStdout())
	}
	o.selection.Dirs = append(o.selection.Dirs, dirs...)
	trees, err := o.selection.Trees()
	if err != nil {
		return err
	}
	opened, err := workspaces(cmd.Context(), o.selection, trees)
	if err != nil {
		return err
	}
	compiled, broken, err := compiledOf(cmd.Context(), o.selection)
	if err != nil {
		return err
	}
	found, err := lint.Run(cmd.Context(), opened, lint.Options{
		EventNames: shippedNames(cmd.Context()), Wanted: o.selection.Only, Compiled: compiled, Broken: broken,
	})
	if err != nil {
		return err
	}
	if err := o.write(cmd.OutOrStdout(), found); err != nil {
		return err
	}
	signatures := len(compiled)
	for _, w := range opened {
		signatures += len(w.Signatures)
	}
	return o.verdict(cmd.ErrOrStderr(), found, signatures)
}

// compiledOf returns what the signatures in Go that a request names say of
// themselves, and what keeps others of them from loading.
func compiledOf(ctx context.Context, r load.Request) ([]lint.Compiled, []problem.Problem, error) {
	r.Only = nil // which the linter chooses from what it knows
	set, problems, err := load.Load(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	var compiled []lint.Compiled
	for _, s := range set.Signatures() {
		if tier, _ := s.Tier(); tier == golang.Tier {
			compiled = append(compiled, lint.Compiled{File: s.Source, Metadata: s.Metadata, Selectors: s.Selectors})
		}
	}
	return compiled, slices.DeleteFunc(problems, func(p problem.Problem) bool {
		// The linter reads the files in Rego itself.
		return p.Severity != problem.Error || strings.HasSuffix(p.File, ".rego")
	}), nil
}

// shippedNames returns the event names of what Weir ships: their findings may
// be selected. What is wrong with a shipped signature is told where it is loaded.
func shippedNames(ctx context.Context) []string {
	programs, _ := load.Shipped(ctx, 0)
	var names []string
	for _, p := range programs {
		names = append(names, p.Metadata().EventName)
	}
	return names
}

func (o *lintOptions) write(w io.Writer, found []lint.Finding) error {
	switch o.output.value {
	case "json":
		if found == nil {
			found = []lint.Finding{}
		}
		return printJSON(w, found)
	case "sarif":
		return lint.WriteSARIF(w, found, run.Version())
	default:
		for _, f := range found {
			if _, err := fmt.Fprintln(w, f); err != nil {
				return err
			}
		}
		return nil
	}
}

// list shows the rules.
func (o *lintOptions) list(w io.Writer) error {
	if o.output.value != "human" {
		return printJSON(w, lint.Rules())
	}
	for _, r := range lint.Rules() {
		if _, err := fmt.Fprintf(w, "%s  %-8s %s\n                %s\n", r.ID, r.Severity, r.Summary, r.Help); err != nil {
			return err
		}
	}
	return nil
}

// verdict sums up and turns the gravest finding into the exit code.
func (o *lintOptions) verdict(messages io.Writer, found []lint.Finding, signatures int) error {
	counts := map[lint.Severity]int{}
	failed := false
	for _, f := range found {
		counts[f.Severity]++
		failed = failed || f.Severity.Rank() >= lint.Severity(o.failOn.value).Rank()
	}
	fmt.Fprintf(messages, "%s: %s, %s, %s\n", count(signatures, "signature", "signatures"), count(counts[lint.Error], "error", "errors"),
		count(counts[lint.Warning], "warning", "warnings"), count(counts[lint.Info], "hint", "hints"))
	if failed {
		return &run.ExitError{Code: run.ExitFailed}
	}
	return nil
}
