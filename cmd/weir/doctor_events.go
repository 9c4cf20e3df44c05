package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/weirsec/weir/bpf"
	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/collector/live"
)

// observed is one event as the doctor finds it.
type observed struct {
	Event string `json:"event"`
	// Group is what it is about, Class what goes first when there is not room for
	// all: "low" before "normal" before "high", and "critical" never.
	Group string `json:"group"`
	Class string `json:"class"`
	// Hook is where it is observed or would be, Program the kernel program there.
	Hook     string `json:"hook"`
	Program  string `json:"program"`
	Attached bool   `json:"attached"`
	// Use is what Weir itself does with it, beside what signatures make of it.
	Use string `json:"use,omitempty"`
	// Reason is why it is not attached.
	Reason string `json:"reason,omitempty"`
	// Refused are better hooks that the kernel does not let be used, and why.
	Refused []string `json:"refused,omitempty"`
}

func newObserved(a bpf.Attachment) observed {
	o := observed{
		Event: a.Event, Hook: a.Hook, Program: a.Program, Attached: a.Attached, Reason: a.Reason, Refused: a.Refused,
	}
	if a.Event == event.NamesFrom {
		o.Use = "recorded where a signature wants an event with an address, or asks for names: it tells them"
	}
	if e := catalogue.ByName(a.Event); e != nil {
		o.Group, o.Class = string(e.Group), e.Class.String()
	}
	return o
}

// attachment is the event as package live shows it.
func (o observed) attachment() bpf.Attachment {
	return bpf.Attachment{
		Event: o.Event, Hook: o.Hook, Program: o.Program, Attached: o.Attached, Reason: o.Reason, Refused: o.Refused,
	}
}

// state says whether the event is observed, and why not, not better, or at all.
func (o observed) state() (state, reason string) {
	switch {
	case !o.Attached:
		return "NOT ATTACHED", o.Reason
	case len(o.Refused) > 0:
		refused := "not at " + strings.Join(live.Refusals(o.Refused), "; ")
		if o.Use != "" {
			refused = o.Use + "; " + refused
		}
		return "attached", refused
	default:
		return "attached", o.Use
	}
}

// tierNote says what is to know of the kind of programs that the kernel takes.
func tierNote(tier string) string {
	return map[string]string{
		"fast": ", the fastest kind", "typed": ", the kind for Linux before 6.2: an event costs a little more",
		"compat": ", the kind for Linux 5.10: an event costs more",
	}[tier]
}

// writeEvents shows the events by group, or each where that is asked for.
func (d *diagnosis) writeEvents(w io.Writer) error {
	if d.each {
		table := fittedTable{shrink: []int{5}}
		table.add("EVENT", "GROUP", "CLASS", "HOOK", "STATE", "REASON")
		for _, o := range d.Events {
			state, reason := o.state()
			table.add(o.Event, o.Group, o.Class, o.Hook, state, reason)
		}
		return table.write(w, terminalWidth(w))
	}
	var rows []bpf.Attachment
	for _, o := range d.Events {
		rows = append(rows, o.attachment())
	}
	if err := live.WriteGroups(w, rows); err != nil {
		return err
	}
	fmt.Fprintln(w)
	if err := live.WriteProblems(w, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, "Each event:    weir doctor --events")
	return err
}
