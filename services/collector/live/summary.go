package live

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/weirsec/weir/bpf"
	"github.com/weirsec/weir/schemas/catalogue"
)

// WriteGroups writes for each group of events how many are observed, and where.
func WriteGroups(w io.Writer, attachments []bpf.Attachment) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "EVENTS\tOBSERVED\tAT")
	for _, group := range catalogue.Groups() {
		all, on := 0, 0
		hooks := map[string]int{}
		for _, a := range attachments {
			if e := catalogue.ByName(a.Event); e == nil || e.Group != group {
				continue
			}
			all++
			if a.Attached {
				on++
				hooks[a.Hook]++
			}
		}
		if all > 0 {
			fmt.Fprintf(table, "%s\t%d of %d\t%s\n", group, on, all, tally(hooks))
		}
	}
	return table.Flush()
}

// tally names hooks with how many events each has, the most first; a single
// one needs no number, and none is a dash.
func tally(hooks map[string]int) string {
	names := slices.SortedFunc(maps.Keys(hooks), func(a, b string) int {
		return cmp.Or(cmp.Compare(hooks[b], hooks[a]), cmp.Compare(a, b))
	})
	switch len(names) {
	case 0:
		return "-"
	case 1:
		return names[0]
	}
	for i, name := range names {
		names[i] = fmt.Sprintf("%s %d", name, hooks[name])
	}
	return strings.Join(names, ", ")
}

// WriteProblems writes a line for each event that cannot be observed, and says
// which events are observed at another hook than the best, and why.
func WriteProblems(w io.Writer, attachments []bpf.Attachment) error {
	var out strings.Builder
	second := map[string]map[string][]string{} // events by reason and hook
	for _, a := range attachments {
		switch {
		case !a.Attached && a.Reason != "":
			fmt.Fprintf(&out, "NOT ATTACHED  %s: %s\n", a.Event, a.Reason)
		case len(a.Refused) > 0:
			reason := strings.Join(Refusals(a.Refused), "\n")
			if second[reason] == nil {
				second[reason] = map[string][]string{}
			}
			second[reason][a.Hook] = append(second[reason][a.Hook], a.Event)
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(second)) {
		head := "Second best   "
		for _, hook := range slices.Sorted(maps.Keys(second[reason])) {
			out.WriteString(head + wrapped(second[reason][hook]) + " at " + hook + "\n")
			head = problemIndent
		}
		for line := range strings.SplitSeq(reason, "\n") {
			out.WriteString(problemIndent + "  not at " + line + "\n")
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// problemIndent is what problems are indented by, problemWidth how many columns
// of a line names may fill.
const (
	problemIndent = "              "
	problemWidth  = 90
)

// wrapped lists names on as many lines as they take.
func wrapped(names []string) string {
	var out strings.Builder
	column := 0
	for i, name := range names {
		if i > 0 {
			out.WriteByte(',')
			if column++; column+1+len(name) > problemWidth {
				out.WriteString("\n" + problemIndent)
				column = 0
			} else {
				out.WriteByte(' ')
				column++
			}
		}
		out.WriteString(name)
		column += len(name)
	}
	return out.String()
}

// Refusals puts hooks together that were refused for the same reason: of "lsm:
// not permitted" and "fentry: not permitted" it makes "lsm, fentry: not
// permitted".
func Refusals(refused []string) []string {
	var hooks, reasons []string
	for _, text := range refused {
		hook, reason, _ := strings.Cut(text, ": ")
		if i := slices.Index(reasons, reason); i >= 0 {
			hooks[i] += ", " + hook
			continue
		}
		hooks, reasons = append(hooks, hook), append(reasons, reason)
	}
	for i := range hooks {
		hooks[i] += ": " + reasons[i]
	}
	return hooks
}

// WriteSummary writes what a user must know who starts to watch: the events that
// somebody wants, how many others there are, and what is wrong. wanted tells in
// words who wants an event, "" for nobody; it may be nil where that is not known
// yet.
func WriteSummary(w io.Writer, attachments []bpf.Attachment, wanted func(event string) string) error {
	var shown []bpf.Attachment
	problems := attachments
	always, on, off := 0, 0, 0
	for _, a := range attachments {
		e := catalogue.ByName(a.Event)
		switch {
		case wanted != nil && wanted(a.Event) != "":
			shown = append(shown, a)
		case !a.Attached && a.Reason != "": // WriteProblems has it
		case a.Attached && e != nil && e.Always:
			always++
		case a.Attached:
			on++
		default:
			off++
		}
	}
	if len(shown) > 0 {
		if err := WriteTable(w, shown, wanted); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	if wanted != nil {
		// That others are not at their best hook is the doctor's to tell.
		problems = slices.DeleteFunc(slices.Clone(attachments), func(a bpf.Attachment) bool {
			return (a.Attached || a.Reason == "") && wanted(a.Event) == ""
		})
	}
	others := fmt.Sprintf("Events      %d always on", always)
	if len(shown) > 0 {
		others = fmt.Sprintf("Events      %d others always on", always)
	}
	if on > 0 {
		others += fmt.Sprintf(", %d on", on)
	}
	if off > 0 {
		others += fmt.Sprintf(", %d off until a signature wants them (weir doctor --events lists them)", off)
	}
	if _, err := fmt.Fprintln(w, others); err != nil {
		return err
	}
	return WriteProblems(w, problems)
}
