package record

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"strconv"
	"unsafe"

	"github.com/weirsec/weir/schemas/event"
)

var errRegisters = errors.New("registers do not fit the event")

const (
	afUnix  = 1
	afInet  = 2
	afInet6 = 10
)

// sockaddr renders a struct sockaddr as Tracee does: pairs of texts. What is
// too short for its family keeps the family alone.
func (d *Decoder) sockaddr(b []byte) event.Value {
	if len(b) < 2 {
		return event.Value{}
	}
	family := binary.LittleEndian.Uint16(b)
	name := d.familyName(family)
	switch {
	case family == afUnix:
		return d.pairs("sa_family", name, "sun_path", d.sunPath(b[2:]))
	case family == afInet && len(b) >= 8:
		return d.pairs("sa_family", name,
			"sin_addr", d.address(netip.AddrFrom4([4]byte(b[4:8]))), "sin_port", d.port(b))
	case family == afInet6 && len(b) >= 24:
		scope := uint32(0)
		if len(b) >= 28 {
			scope = binary.LittleEndian.Uint32(b[24:])
		}
		return d.pairs("sa_family", name,
			"sin6_addr", d.address(netip.AddrFrom16([16]byte(b[8:24]))), "sin6_port", d.port(b),
			"sin6_flowinfo", d.decimal(uint64(binary.BigEndian.Uint32(b[4:]))),
			"sin6_scopeid", d.decimal(uint64(scope)))
	default:
		return d.pairs("sa_family", name)
	}
}

// sunPath returns the path of a Unix socket; an abstract name begins with "@"
// in place of its NUL, as everywhere in Linux.
func (d *Decoder) sunPath(b []byte) string {
	if len(b) == 0 || b[0] != 0 {
		return cText(b)
	}
	name := cText(b[1:])
	if name == "" {
		return ""
	}
	d.reserve(len(name) + 1)
	start := len(d.arena)
	d.arena = append(append(d.arena, '@'), name...)
	return d.made(start)
}

func (d *Decoder) pairs(list ...string) event.Value {
	part := d.texts.take(len(list))
	copy(part, list)
	return event.Map(part...)
}

func (d *Decoder) port(b []byte) string { return d.decimal(uint64(binary.BigEndian.Uint16(b[2:]))) }

func (d *Decoder) decimal(n uint64) string {
	if n < 100 {
		return strconv.FormatUint(n, 10)
	}
	d.reserve(20)
	start := len(d.arena)
	d.arena = strconv.AppendUint(d.arena, n, 10)
	return d.made(start)
}

func (d *Decoder) address(a netip.Addr) string {
	d.reserve(48)
	start := len(d.arena)
	d.arena = a.AppendTo(d.arena)
	return d.made(start)
}

// reserve makes sure that n bytes can be appended without moving the arena,
// because texts alias it.
func (d *Decoder) reserve(n int) {
	if cap(d.arena)-len(d.arena) < n {
		d.arena = make([]byte, 0, max(4096, n))
	}
}

// made returns what was appended to the arena since start as a text.
func (d *Decoder) made(start int) string {
	part := d.arena[start:]
	return unsafe.String(unsafe.SliceData(part), len(part))
}

// familyName returns the C name of an address family, or its number.
func (d *Decoder) familyName(family uint16) string {
	switch family {
	case 0:
		return "AF_UNSPEC"
	case afUnix:
		return "AF_UNIX"
	case afInet:
		return "AF_INET"
	case afInet6:
		return "AF_INET6"
	case 16:
		return "AF_NETLINK"
	case 17:
		return "AF_PACKET"
	case 31:
		return "AF_BLUETOOTH"
	case 38:
		return "AF_ALG"
	case 40:
		return "AF_VSOCK"
	case 44:
		return "AF_XDP"
	default:
		return d.decimal(uint64(family))
	}
}
