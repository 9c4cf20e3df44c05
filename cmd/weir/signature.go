package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/finding"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/load"
	"github.com/weirsec/weir/signatures/sdk"
)

// newSignature returns "weir signature" with its subcommands.
func newSignature() *cobra.Command {
	cmd := &cobra.Command{Use: "signature", Short: "List, test and write signatures"}
	var s load.Request
	var broker bus.Config
	output := outputHuman
	list := &cobra.Command{
		Use:   "list [DIR]...",
		Short: "List the signatures that would be loaded, and what is wrong with the others",
		Long: `List the signatures that would be loaded here, and what is wrong with the others.
With --nats-url, list those that the running detectors evaluate instead. TIER is
how a signature is evaluated: compiled, go, or topdown (OPA's own evaluator, much
slower; the reason is below the table). KERNEL is by what the kernel narrows its
events already: path, comm, uid, origin; --output json says to what. A terminal
gets lines that fit; a pipe and --output json get all. The exit code is 1 where a
file or a signature does not load.`,
		Example: `  weir signature list
  weir signature list ./my-signatures --output json
  weir signature list --nats-url nats://127.0.0.1:4222`,
		RunE: func(cmd *cobra.Command, dirs []string) error {
			if cmd.Flags().Changed("nats-url") {
				return listRunning(cmd, broker, output)
			}
			s.Dirs = append(s.Dirs, dirs...)
			return listLoaded(cmd, s, output)
		},
	}
	s.Register(list.Flags())
	run.RegisterBus(list.Flags(), &broker)
	list.Flags().VarP(&output, "output", "o", "how the list is shown")
	cmd.AddCommand(list, newSignatureTest(), newSignatureLint(), newSignatureExplain(), newSignatureFmt(), newSignatureNew(),
		newSignatureBench(), newPush(), newBundle())
	return cmd
}

// listLoaded lists what loads, and fails where something does not.
func listLoaded(cmd *cobra.Command, s load.Request, output outputForm) error {
	set, bad, err := load.Report(cmd.Context(), s, cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	write := listTable
	if output == outputJSON {
		write = listJSON
	}
	if err := write(cmd.OutOrStdout(), set); err != nil {
		return err
	}
	if bad > 0 {
		// The messages have said why.
		return &run.ExitError{Code: run.ExitFailed}
	}
	return nil
}

// listed is one signature of the JSON list.
type listed struct {
	ID          string           `json:"id"`
	Version     string           `json:"version"`
	Name        string           `json:"name"`
	EventName   string           `json:"event_name"`
	Description string           `json:"description"`
	Severity    finding.Severity `json:"severity"`
	Selectors   []listedSelector `json:"selectors"`
	Source      string           `json:"source"`
	Digest      string           `json:"digest"`
	// Correlation is there where the signature fires on several matches.
	Correlation *sdk.Correlation `json:"correlation,omitempty"`
	// Needs are the kernel events that it needs, and what the kernel narrows them
	// to; empty where it waits for findings only.
	Needs []interest.Event `json:"needs"`
	// Tier is how it is evaluated and TierReason why that way; empty where its
	// kind does not say.
	Tier       string `json:"tier"`
	TierReason string `json:"tier_reason"`
}

// listedSelector is one selector of the JSON list, with the keys of Rego.
type listedSelector struct {
	Source string `json:"source"`
	Name   string `json:"name"`
	Origin string `json:"origin"`
}

// selectorsOf returns selectors for the JSON list.
func selectorsOf(selectors []sdk.Selector) []listedSelector {
	list := make([]listedSelector, 0, len(selectors))
	for _, s := range selectors {
		list = append(list, listedSelector{Source: s.Source, Name: s.Name, Origin: s.Origin})
	}
	return list
}

// listJSON writes the signatures as one JSON array.
func listJSON(w io.Writer, set *engine.Set) error {
	list := []listed{}
	for _, s := range set.Signatures() {
		m := s.Metadata
		tier, reason := s.Tier()
		list = append(list, listed{
			ID: m.ID, Version: m.Version, Name: m.Name, EventName: m.EventName, Description: m.Description,
			Severity: finding.SeverityOf(m.Properties), Selectors: selectorsOf(s.Selectors), Source: s.Source, Digest: s.Digest,
			Correlation: m.Correlation, Needs: set.InterestOf(s).Events, Tier: tier, TierReason: reason,
		})
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(list)
}

// listTable writes the signatures for people. Texts are their authors', so
// they are made safe for a terminal.
func listTable(w io.Writer, set *engine.Set) error {
	table := fittedTable{shrink: []int{6, 5}}
	table.add("ID", "VERSION", "SEVERITY", "TIER", "KERNEL", "NAME", "SOURCE")
	var reasons strings.Builder
	for _, s := range set.Signatures() {
		m := s.Metadata
		tier, reason := s.Tier()
		table.add(m.ID, m.Version, string(finding.SeverityOf(m.Properties)), cmp.Or(tier, "-"),
			kernelFilter(set.InterestOf(s)), m.Name, s.Source)
		reasons.WriteString(tierReason(m.ID, tier, reason))
	}
	if reasons.Len() > 0 {
		reasons.WriteString("\n")
	}
	if err := table.write(w, terminalWidth(w)); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s%s, set %s\n", reasons.String(), count(len(set.Signatures()), "signature", "signatures"), set.Version())
	return err
}

// tierReason is the line that says why a signature is evaluated in such a way,
// or "" where nothing is to be said.
func tierReason(id, tier, reason string) string {
	if reason == "" {
		return ""
	}
	return event.Printable(fmt.Sprintf("%s is %s: %s", id, tier, reason)) + "\n"
}
