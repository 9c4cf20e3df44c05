package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/weirsec/weir/internal/attack"
)

// listed is an attack as "list --output json" prints it.
type listed struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Technique   string   `json:"technique"`
	Signatures  []string `json:"signatures"`
	NeedsRoot   bool     `json:"needs_root"`
}

func newList(attacks []attack.Attack) *cobra.Command {
	c := &cobra.Command{
		Use:   "list",
		Short: "List the attacks",
		Args:  cobra.NoArgs,
	}
	output := outputFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if *output == jsonFormat {
			return listJSON(c.OutOrStdout(), attacks)
		}
		return listTable(c.OutOrStdout(), attacks)
	}
	return c
}

func listJSON(w io.Writer, attacks []attack.Attack) error {
	for _, a := range attacks {
		line := listed{a.ID, a.Name, a.Description, a.Technique, append([]string{}, a.Signatures...), a.NeedsRoot}
		if err := printJSON(w, line); err != nil {
			return err
		}
	}
	return nil
}

func listTable(w io.Writer, attacks []attack.Attack) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tTECHNIQUE\tROOT\tWHAT IT DOES")
	for _, a := range attacks {
		root := "no"
		if a.NeedsRoot {
			root = "yes"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", a.ID, a.Technique, root, a.Description)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}
