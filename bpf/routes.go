package bpf

import (
	"github.com/cilium/ebpf"

	"github.com/weirsec/weir/schemas/catalogue"
)

// send and recv are only reached through socketcall. Their arguments are those
// of sendto and recvfrom without the address, which is not decoded.
const (
	socketcallSend = 9
	socketcallRecv = 10
)

func (p *Programs) rows(compat bool) *ebpf.Map {
	if compat {
		return p.maps["rows_compat"]
	}
	return p.maps["rows"]
}

// writeRoutes switches the number that stands for all socket calls, and counts
// those behind it that are not decoded. It tells whether the number is on.
func (p *Programs) writeRoutes(wanted map[catalogue.Type]bool, on bool) (bool, error) {
	for call, t := range map[uint32]catalogue.Type{
		socketcallSend: catalogue.Sendto, socketcallRecv: catalogue.Recvfrom,
	} {
		row := fastWeirRow{Raw: uint16(t), Sysno: int16(t.Event().ID)}
		if wanted[t] {
			row.On, on = onSkip, true
		}
		if err := p.rows(true).Put(routed+call, row); err != nil {
			return on, err
		}
	}
	// Hooks look behind it whether it is on or not.
	row := fastWeirRow{Sysno: -1, Action: actRoute}
	if on {
		row.On = onRoute
	}
	return on, p.rows(true).Put(uint32(socketcallNumber), row)
}
