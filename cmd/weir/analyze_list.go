package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
)

// lists writes what --list and --list-events ask for, in the form that scripts
// around tracee-rules read.
func (t *traceeFlags) lists(w io.Writer, set *engine.Set) error {
	if t.listEvents {
		if err := listEvents(w, set); err != nil || !t.list {
			return err
		}
	}
	if _, err := fmt.Fprintf(w, "%-10s %-35s %s %s\n", "ID", "NAME", "VERSION", "DESCRIPTION"); err != nil {
		return err
	}
	for _, s := range set.Signatures() {
		m := s.Metadata
		_, err := fmt.Fprintf(w, "%-10s %-35s %-7s %s\n", event.Printable(m.ID), event.Printable(m.Name),
			event.Printable(m.Version), event.Printable(m.Description))
		if err != nil {
			return err
		}
	}
	return nil
}

// listEvents writes the names that any signature selects, sorted, each once.
func listEvents(w io.Writer, set *engine.Set) error {
	var names []string
	for _, s := range set.Signatures() {
		for _, selector := range s.Selectors {
			names = append(names, event.Printable(selector.Name))
		}
	}
	slices.Sort(names)
	_, err := fmt.Fprintln(w, strings.Join(slices.Compact(names), ","))
	return err
}
