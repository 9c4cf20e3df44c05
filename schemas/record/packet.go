package record

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"strconv"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
)

// Protocols of Packet.
const (
	ProtocolTCP = 6
	ProtocolUDP = 17
)

// Directions of Packet, with Tracee's numbers.
const (
	Ingress = 1
	Egress  = 2
)

// The arguments of net_packet_dns.
const (
	dnsSource = iota
	dnsDestination
	dnsSourcePort
	dnsDestinationPort
	dnsMetadata
	_ // The message.
	dnsProtocol
	dnsLength
	dnsTruncated
)

// packetSize is struct weir_packet.
const packetSize = 48

var errPacket = errors.New("a packet's description does not fit the event")

// Packet is where a packet came from and went to. The addresses are both IPv4 or
// both IPv6.
type Packet struct {
	Source, Destination netip.AddrPort
	Protocol, Direction uint8
	// Length are the packet's bytes from its IP header on, Message those of the
	// message in it, were it whole.
	Length, Message uint32
}

func (p Packet) append(to []byte) []byte {
	le := binary.LittleEndian
	version := byte(6)
	for _, end := range []netip.AddrPort{p.Source, p.Destination} {
		var addr [16]byte
		copy(addr[:], end.Addr().AsSlice())
		if end.Addr().Is4() {
			version = 4
		}
		to = append(to, addr[:]...)
	}
	to = le.AppendUint16(le.AppendUint16(to, p.Source.Port()), p.Destination.Port())
	to = append(to, version, p.Protocol, p.Direction, 0)
	return le.AppendUint32(le.AppendUint32(to, p.Length), p.Message)
}

func parsePacket(b []byte) (p Packet, ok bool) {
	if len(b) < packetSize {
		return p, false
	}
	le := binary.LittleEndian
	end := func(addr, port []byte) netip.AddrPort {
		if b[36] == 4 {
			return netip.AddrPortFrom(netip.AddrFrom4([4]byte(addr)), le.Uint16(port))
		}
		return netip.AddrPortFrom(netip.AddrFrom16([16]byte(addr)), le.Uint16(port))
	}
	return Packet{
		Source: end(b, b[32:]), Destination: end(b[16:], b[34:]),
		Protocol: b[37], Direction: b[38], Length: le.Uint32(b[40:]), Message: le.Uint32(b[44:]),
	}, b[36] == 4 || b[36] == 6
}

// packet fills in the arguments that tell a packet's ends, in Tracee's forms.
func (d *Decoder) packet(payload []byte, typ catalogue.Type, values []event.Value) error {
	p, ok := parsePacket(payload)
	switch {
	case !ok:
		return errPacket
	case typ == catalogue.NetPacketDNS:
		values[dnsSource] = event.String(d.address(p.Source.Addr()))
		values[dnsDestination] = event.String(d.address(p.Destination.Addr()))
		values[dnsSourcePort] = event.Uint(uint64(p.Source.Port()))
		values[dnsDestinationPort] = event.Uint(uint64(p.Destination.Port()))
		values[dnsMetadata] = event.JSON(`{"direction":` + strconv.Itoa(int(p.Direction)) + `}`)
		values[dnsProtocol] = event.String(protocolName(p.Protocol))
		values[dnsLength] = event.Uint(uint64(p.Message))
	case typ == catalogue.NetPacketDNSRequest || typ == catalogue.NetPacketDNSResponse:
		values[0] = event.JSON(d.metadata(p))
	default:
		return errPacket
	}
	return nil
}

// metadata is a packet in the form of Tracee's trace.PktMeta, with the direction
// besides.
func (d *Decoder) metadata(p Packet) string {
	d.reserve(256)
	start := len(d.arena)
	b := append(d.arena, `{"src_ip":"`...)
	b = p.Source.Addr().AppendTo(b)
	b = append(b, `","dst_ip":"`...)
	b = p.Destination.Addr().AppendTo(b)
	b = strconv.AppendUint(append(b, `","src_port":`...), uint64(p.Source.Port()), 10)
	b = strconv.AppendUint(append(b, `,"dst_port":`...), uint64(p.Destination.Port()), 10)
	b = strconv.AppendUint(append(b, `,"protocol":`...), uint64(p.Protocol), 10)
	b = strconv.AppendUint(append(b, `,"packet_len":`...), uint64(p.Length), 10)
	b = strconv.AppendUint(append(b, `,"iface":"any","direction":`...), uint64(p.Direction), 10)
	d.arena = append(b, '}')
	return d.made(start)
}

func protocolName(n uint8) string {
	switch n {
	case ProtocolTCP:
		return "tcp"
	case ProtocolUDP:
		return "udp"
	default:
		return strconv.Itoa(int(n))
	}
}
