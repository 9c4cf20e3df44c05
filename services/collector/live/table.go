package live

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/weirsec/weir/bpf"
)

// WriteTable writes for each event how it is observed, or why not. wanted tells
// in words who wants an observed event, "" for nobody; it may be nil.
func WriteTable(w io.Writer, attachments []bpf.Attachment, wanted func(event string) string) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "EVENT\tHOOK\tSTATE")
	for _, a := range attachments {
		state := "attached"
		switch {
		case !a.Attached && a.Reason == "":
			state = "off: no loaded signature wants it"
		case !a.Attached:
			state = "NOT ATTACHED: " + a.Reason
		case wanted != nil:
			if by := wanted(a.Event); by != "" {
				state = "attached, " + by
			}
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", a.Event, a.Hook, state)
	}
	return table.Flush()
}
