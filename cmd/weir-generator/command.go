package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/weirsec/weir/internal/attack"
	"github.com/weirsec/weir/internal/run"
)

// newCommand returns the command line for the attacks given.
func newCommand(attacks []attack.Attack) *cobra.Command {
	root := &cobra.Command{
		Use:     "weir-generator",
		Short:   "Perform harmless attacks, to see whether they are noticed",
		Version: run.Version(),
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return usage(c, errors.New("say what to do: list or run"))
		},
	}
	root.SetVersionTemplate(run.VersionLine("weir-generator") + "\n")
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(newList(attacks), newRun(attacks))
	return root
}

// format is the value of --output.
type format string

const (
	human      format = "human"
	jsonFormat format = "json"
)

func (f *format) String() string { return string(*f) }

func (f *format) Set(text string) error {
	switch format(text) {
	case human, jsonFormat:
		*f = format(text)
		return nil
	default:
		return fmt.Errorf("want %s or %s", human, jsonFormat)
	}
}

// Type is what the help calls the value.
func (f *format) Type() string { return "FORMAT" }

// outputFlag adds --output to a command.
func outputFlag(c *cobra.Command) *format {
	chosen := human
	c.Flags().VarP(&chosen, "output", "o", "how to print: human or json (one object a line)")
	return &chosen
}

// usage marks an error as a wrong command line.
func usage(c *cobra.Command, err error) error {
	return &run.ExitError{
		Code: run.ExitUsage,
		Err:  fmt.Errorf("%w\nSee '%s --help'", err, c.CommandPath()),
	}
}

// printJSON writes one value as a line of JSON.
func printJSON(w io.Writer, value any) error {
	if err := json.NewEncoder(w).Encode(value); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}
