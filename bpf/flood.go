package bpf

import (
	"fmt"
	"unsafe"
)

// Flood is a process that made more events than it may while the bulk ring was
// filling. Times are nanoseconds since boot.
type Flood struct {
	PID, UID  uint32
	StartTime uint64
	CgroupID  uint64
	Comm      [16]byte
	// Suppressed is how many of its events were left out since it began.
	Suppressed          uint64
	FirstTime, LastTime uint64
}

// Floods returns the processes of which events were left out. The kernel
// remembers the latest few thousand.
func (p *Programs) Floods() ([]Flood, error) {
	var list []Flood
	var pid uint32
	var b fastWeirBucket
	entries := p.maps["buckets"].Iterate()
	for entries.Next(&pid, &b) {
		if b.Suppressed == 0 {
			continue
		}
		list = append(list, Flood{
			PID: b.Pid, UID: b.Uid, StartTime: b.StartTime, CgroupID: b.CgroupId,
			Comm:       *(*[16]byte)(unsafe.Pointer(&b.Comm)),
			Suppressed: b.Suppressed, FirstTime: b.FirstTime, LastTime: b.LastTime,
		})
	}
	if err := entries.Err(); err != nil {
		return nil, fmt.Errorf("bpf: read floods: %w", err)
	}
	return list, nil
}
