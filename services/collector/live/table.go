package live

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/weirsec/weir/bpf"
)

// WriteTable writes for each event how it is observed, or why not, and whether
// a loaded signature wants it.
func WriteTable(w io.Writer, attachments []bpf.Attachment, interest []string) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "EVENT\tHOOK\tSTATE")
	for _, a := range attachments {
		state := "attached"
		switch {
		case !a.Attached && a.Reason == "":
			state = "off: no loaded signature wants it"
		case !a.Attached:
			state = "NOT ATTACHED: " + a.Reason
		case slices.Contains(interest, a.Event):
			state = "attached, wanted by a signature"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", a.Event, a.Hook, state)
	}
	return table.Flush()
}
