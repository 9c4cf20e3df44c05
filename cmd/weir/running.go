package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/reload"
)

// listRunning lists what the running detectors evaluate.
func listRunning(cmd *cobra.Command, cfg bus.Config, output outputForm) error {
	log, err := run.NewLogger(cmd.ErrOrStderr(), "warn", "text", run.Colour(cmd.ErrOrStderr()))
	if err != nil {
		return err
	}
	conn, done, err := connect(cmd.Context(), cfg, log)
	if err != nil {
		return err
	}
	defer done()
	detectors, err := runningDetectors(cmd.Context(), conn)
	if err != nil {
		return err
	}
	if output == outputJSON {
		return printJSON(cmd.OutOrStdout(), detectors)
	}
	if len(detectors) == 0 {
		return errors.New("no detector is running")
	}
	return errors.Join(tableOfDetectors(cmd.OutOrStdout(), detectors), tableOfRunning(cmd.OutOrStdout(), detectors))
}

// tableOfDetectors writes a line for each detector. Texts come from elsewhere.
func tableOfDetectors(w io.Writer, detectors []reload.Status) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "DETECTOR\tSET\tSINCE\tSIGNATURES\tNOT LOADED\tBUNDLES")
	for _, d := range detectors {
		var bundles []string
		for _, b := range d.Bundles {
			text := fmt.Sprintf("%s@%d", b.Name, b.Revision)
			if b.Refused > 0 {
				text += fmt.Sprintf(" (%d refused)", b.Refused)
			}
			bundles = append(bundles, text)
		}
		if len(bundles) == 0 {
			bundles = []string{"-"}
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%d\t%s\n", event.Printable(d.Instance), event.Printable(d.Set),
			d.Since.Local().Format(time.DateTime), d.Count, d.NotLoaded, event.Printable(strings.Join(bundles, ", ")))
	}
	fmt.Fprintln(table)
	return table.Flush()
}

// tableOfRunning writes a line for each signature in each version that any
// detector evaluates, with those that do, and how: a signature that was compiled
// may have been demoted on one of them.
func tableOfRunning(w io.Writer, detectors []reload.Status) error {
	type version struct{ id, version, digest, source, tier, reason string }
	var order []version
	where := map[version][]string{}
	for _, d := range detectors {
		for _, s := range d.Signatures {
			key := version{s.ID, s.Version, s.Digest, s.Source, s.Tier, s.TierReason}
			if _, known := where[key]; !known {
				order = append(order, key)
			}
			name := d.Instance
			if s.Quarantined {
				name += " (quarantined)"
			}
			where[key] = append(where[key], name)
		}
	}
	table := fittedTable{shrink: []int{3, 4}}
	table.add("ID", "VERSION", "TIER", "SOURCE", "DETECTORS")
	var reasons strings.Builder
	for _, key := range order {
		on := strings.Join(where[key], ", ")
		if len(where[key]) == len(detectors) && !strings.Contains(on, "(quarantined)") {
			on = "all"
		}
		table.add(key.id, key.version, cmp.Or(key.tier, "-"), key.source, on)
		reasons.WriteString(tierReason(key.id, key.tier, key.reason))
	}
	if err := table.write(w, terminalWidth(w)); err != nil || reasons.Len() == 0 {
		return err
	}
	_, err := io.WriteString(w, "\n"+reasons.String())
	return err
}
