package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/finding"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/load"
	"github.com/weirsec/weir/signatures/sdk"
)

// newSignature returns "weir signature" with its subcommands.
func newSignature() *cobra.Command {
	cmd := &cobra.Command{Use: "signature", Short: "Look at signatures"}
	var s load.Request
	output := outputHuman
	list := &cobra.Command{
		Use:   "list",
		Short: "List the signatures that would be loaded, and what is wrong with the others",
		Example: `  weir signature list
  weir signature list --signatures ./my-signatures --output json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			set, _, err := load.Report(cmd.Context(), s, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if output == outputJSON {
				return listJSON(cmd.OutOrStdout(), set)
			}
			return listTable(cmd.OutOrStdout(), set)
		},
	}
	s.Register(list.Flags())
	list.Flags().VarP(&output, "output", "o", "how the list is shown")
	cmd.AddCommand(list)
	return cmd
}

// listed is one signature of the JSON list.
type listed struct {
	ID          string           `json:"id"`
	Version     string           `json:"version"`
	Name        string           `json:"name"`
	EventName   string           `json:"event_name"`
	Description string           `json:"description"`
	Severity    finding.Severity `json:"severity"`
	Selectors   []sdk.Selector   `json:"selectors"`
	Source      string           `json:"source"`
	Digest      string           `json:"digest"`
	// Correlation is there where the signature fires on several matches.
	Correlation *sdk.Correlation `json:"correlation,omitempty"`
	// Tier is how it is evaluated and TierReason why that way; empty where its
	// kind does not say.
	Tier       string `json:"tier"`
	TierReason string `json:"tier_reason"`
}

// listJSON writes the signatures as one JSON array.
func listJSON(w io.Writer, set *engine.Set) error {
	list := []listed{}
	for _, s := range set.Signatures() {
		m := s.Metadata
		tier, reason := s.Tier()
		list = append(list, listed{
			ID: m.ID, Version: m.Version, Name: m.Name, EventName: m.EventName, Description: m.Description,
			Severity: finding.SeverityOf(m.Properties), Selectors: s.Selectors, Source: s.Source, Digest: s.Digest,
			Correlation: m.Correlation, Tier: tier, TierReason: reason,
		})
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(list)
}

// listTable writes the signatures for people. Texts are their authors', so
// they are made safe for a terminal.
func listTable(w io.Writer, set *engine.Set) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tVERSION\tSEVERITY\tTIER\tNAME\tSOURCE")
	for _, s := range set.Signatures() {
		m := s.Metadata
		tier, _ := s.Tier()
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", event.Printable(m.ID), event.Printable(m.Version),
			finding.SeverityOf(m.Properties), cmp.Or(event.Printable(tier), "-"), event.Printable(m.Name), event.Printable(s.Source))
	}
	fmt.Fprintf(table, "\n%s, set %s\n", count(len(set.Signatures()), "signature", "signatures"), set.Version())
	return table.Flush()
}
