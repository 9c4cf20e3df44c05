package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/sigfmt"
)

// newSignatureFmt returns "weir signature fmt".
func newSignatureFmt() *cobra.Command {
	var check, upgrade bool
	cmd := &cobra.Command{
		Use:   "fmt FILE|DIR|-...",
		Short: "Bring Rego files into OPA's form, and old ones into Rego v1",
		Long: `Bring Rego files into OPA's form and name those that were changed. A file keeps
its dialect unless --upgrade rewrites it into Rego v1. A file whose meaning would
change is left alone. With - standard input goes to standard output.

Exit codes: 0 done; 1 a file could not be formatted, or --check found one that
is not; 2 wrong usage.`,
		Example: `  weir signature fmt ./my-signatures
  weir signature fmt --check ./my-signatures
  weir signature fmt --upgrade old.rego`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, paths []string) error {
			if len(paths) == 1 && paths[0] == "-" {
				return formatStream(cmd.InOrStdin(), cmd.OutOrStdout(), upgrade, check)
			}
			return formatFiles(cmd, paths, upgrade, check)
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "change nothing, and fail where a file would be changed")
	cmd.Flags().BoolVar(&upgrade, "upgrade", false, "rewrite Rego v0 into Rego v1")
	return cmd
}

// formatFiles formats files in their places. One that cannot be formatted keeps
// no other from being so.
func formatFiles(cmd *cobra.Command, paths []string, upgrade, check bool) error {
	files, err := sigfmt.Files(paths)
	if err != nil {
		return err
	}
	bad, changed := 0, 0
	for _, file := range files {
		different, err := sigfmt.File(file, upgrade, check)
		var unreadable *sigfmt.Unreadable
		switch {
		case errors.As(err, &unreadable):
			bad++
			fmt.Fprintln(cmd.ErrOrStderr(), unreadable)
		case err != nil:
			bad++
			fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s\n", event.Printable(file), event.Printable(err.Error()))
		case different:
			changed++
			fmt.Fprintln(cmd.OutOrStdout(), event.Printable(file))
		}
	}
	if bad > 0 || check && changed > 0 {
		return &run.ExitError{Code: run.ExitFailed}
	}
	return nil
}

// formatStream formats standard input.
func formatStream(in io.Reader, out io.Writer, upgrade, check bool) error {
	text, err := io.ReadAll(io.LimitReader(in, 1<<20))
	if err != nil {
		return fmt.Errorf("read standard input: %w", err)
	}
	formatted, err := sigfmt.Format("stdin", text, upgrade)
	if err != nil {
		return err
	}
	if check {
		if string(formatted) != string(text) {
			return &run.ExitError{Code: run.ExitFailed}
		}
		return nil
	}
	_, err = out.Write(formatted)
	return err
}
