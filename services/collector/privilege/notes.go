package privilege

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// Notes says in a line each what is lost for want of a capability.
func Notes(rows []Row) []string {
	var notes []string
	for _, r := range rows {
		if r.State == Missing {
			notes = append(notes, "without "+r.Name+": "+r.Loss)
		}
	}
	return notes
}

// WriteTable writes a line for each capability.
func WriteTable(w io.Writer, rows []Row) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "CAPABILITY\tSTATE\tNEEDED\tTO")
	for _, r := range rows {
		state, needed := string(r.State), r.Until.String()
		if r.State == Missing {
			state = "MISSING"
		}
		if r.As != "" {
			state += " (" + r.As + ")"
		}
		if !r.Required {
			needed = "optional, " + needed
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", r.Name, state, needed, r.Use)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, note := range Notes(rows) {
		fmt.Fprintln(w, note)
	}
	return nil
}
