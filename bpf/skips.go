package bpf

import "fmt"

// Skip counts packets or messages that may have been DNS and were not recorded.
type Skip struct {
	// Reason is one of SkipReasons.
	Reason string
	Count  uint64
}

// SkipReasons returns why packets are skipped, in the order of enum skip_reason
// in headers/packet.h: fragment, part of a datagram without its ports; headers,
// more or stranger headers than are looked at; short, less than the header of a
// message; pipelined, more messages in one segment than are looked at; sequence,
// bytes of a connection of which something before is missing.
func SkipReasons() []string {
	return []string{"fragment", "headers", "short", "pipelined", "sequence"}
}

// Skips returns the counts since Load, over all processors, in the order of
// SkipReasons.
func (p *Programs) Skips() ([]Skip, error) {
	var list []Skip
	var perCPU []uint64
	for i, reason := range SkipReasons() {
		if err := p.maps["packet_skips"].Lookup(uint32(i), &perCPU); err != nil {
			return nil, fmt.Errorf("bpf: read skipped packets: %w", err)
		}
		s := Skip{Reason: reason}
		for _, n := range perCPU {
			s.Count += n
		}
		list = append(list, s)
	}
	return list, nil
}
