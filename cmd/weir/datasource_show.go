package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/lookup"
	"github.com/weirsec/weir/signatures/sdk/datasource"
)

// showReply writes an answer for people. Its texts come from elsewhere.
func showReply(w io.Writer, r lookup.Reply) error {
	boot := ""
	if r.Boot != "" {
		boot = ", boot " + r.Boot
	}
	if _, err := fmt.Fprintf(w, "# %s, known up to %s%s\n", event.Printable(r.Status),
		r.AsOf.Local().Format("2006-01-02 15:04:05.000"), event.Printable(boot)); err != nil {
		return err
	}
	var lineage struct {
		Processes datasource.ProcessLineage `json:"process_lineage"`
	}
	if err := json.Unmarshal(r.Result, &lineage); err == nil && len(lineage.Processes) > 0 {
		return showLineage(w, lineage.Processes)
	}
	// JSON is YAML, which keeps numbers as they are; written again it is easier to
	// read, and nothing in it moves a cursor.
	var result any
	if err := yaml.Unmarshal(r.Result, &result); err != nil {
		return fmt.Errorf("show the result: %w", err)
	}
	text, err := yaml.Marshal(result)
	if err != nil {
		return fmt.Errorf("show the result: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		if _, err := fmt.Fprintln(w, event.Printable(strings.TrimSuffix(line, "\n"))); err != nil {
			return err
		}
	}
	return nil
}

// showLineage writes a line for each process, the one that was asked for first.
func showLineage(w io.Writer, processes datasource.ProcessLineage) error {
	table := fittedTable{shrink: []int{4, 5}}
	table.add("PID", "IN CONTAINER", "ENTITY", "STARTED", "PROGRAM", "COMMAND")
	for _, p := range processes {
		started := "-"
		if !p.Info.StartTime.IsZero() {
			started = p.Info.StartTime.Local().Format(time.DateTime)
		}
		table.add(fmt.Sprint(p.Info.PID), fmt.Sprint(p.Info.NSPID), fmt.Sprint(p.Info.EntityID), started,
			orDash(p.Info.ExecutionBinary.Path), orDash(strings.Join(p.Info.Cmd, " ")))
	}
	return table.write(w, terminalWidth(w))
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
