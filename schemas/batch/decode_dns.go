package batch

import (
	"fmt"

	"github.com/weirsec/weir/schemas/event"
)

// readDNS adds what is known of the events' remote addresses. Most batches have
// nothing of the kind.
func (t *tables) readDNS(events []event.Event) error {
	if t.fields[fieldDNS-1] == nil && t.fields[fieldDNS] == nil {
		return nil
	}
	t.more.width = dnsColumns
	if err := t.more.read(t.fields[:], layoutEvents, fieldDNS-1, len(events)); err != nil {
		return fmt.Errorf("names: %w", err)
	}
	n := 0
	for i := range events {
		if t.more.cells[i*dnsColumns+dnsStatus] != 0 {
			n++
		}
	}
	all := slab(t.slabs.reuse, &t.slabs.dns, n)
	for i := range events {
		row := (*[dnsColumns]uint64)(t.more.cells[i*dnsColumns:])
		if row[dnsStatus] == 0 {
			continue
		}
		all[0] = event.DNS{Names: t.list(row[dnsNames]), Status: event.Status(row[dnsStatus])}
		events[i].DNS, all = &all[0], all[1:]
		if t.badList != 0 {
			return fmt.Errorf("names of event %d: %w", i, t.check())
		}
	}
	return nil
}
