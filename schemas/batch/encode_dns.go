package batch

import (
	"unsafe"

	"github.com/weirsec/weir/schemas/event"
)

// dnsTable holds what is known of the remote addresses of events.
type dnsTable struct {
	rows table
	// index finds the list of names that was written before: events of one address
	// share them.
	index pointers
}

// dns writes what is known of the remote address of the event that was added
// last. Batches without any do not have the table.
func (e *Encoder) dns(d *event.DNS) {
	t := &e.names
	for t.rows.rows() < e.events.rows()-1 {
		clear(t.rows.add()[:dnsColumns])
	}
	list, status := uint64(0), event.StatusNone
	if d != nil {
		list, status = e.namesOf(d), d.Status
	}
	row := (*[dnsColumns]uint64)(t.rows.add())
	row[dnsNames], row[dnsStatus] = list, uint64(status)
}

// namesOf returns the number of the list of names.
func (e *Encoder) namesOf(d *event.DNS) uint64 {
	key := unsafe.Pointer(d)
	if known := e.names.index.find(key); known.key != nil {
		return uint64(known.value)
	}
	list := e.list(d.Names)
	e.names.index.put(key, uint32(list))
	return list
}
