package record

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
)

var (
	packet4 = Packet{
		Source: netip.MustParseAddrPort("10.0.0.9:40000"), Destination: netip.MustParseAddrPort("10.0.0.53:53"),
		Protocol: ProtocolUDP, Direction: Egress, Length: 60, Message: 32,
	}
	packet6 = Packet{
		Source: netip.MustParseAddrPort("[2001:db8::53]:53"), Destination: netip.MustParseAddrPort("[::1]:40000"),
		Protocol: ProtocolTCP, Direction: Ingress, Length: 1280, Message: 4000,
	}
)

func TestPacket(t *testing.T) {
	h := header(catalogue.NetPacketDNS)
	h.Hook = HookCgroupSKB
	for _, c := range []struct {
		packet Packet
		have   string
		want   []event.Value
	}{
		{packet4, strings.Repeat("m", 32), []event.Value{
			event.String("10.0.0.9"), event.String("10.0.0.53"), event.Uint(40000), event.Uint(53),
			event.JSON(`{"direction":2}`), event.Bytes(strings.Repeat("m", 32)), event.String("udp"), event.Uint(32),
			event.Bool(false),
			{},
		}},
		{packet6, "begin", []event.Value{
			event.String("2001:db8::53"), event.String("::1"), event.Uint(53), event.Uint(40000),
			event.JSON(`{"direction":1}`), event.Bytes("begin"), event.String("tcp"), event.Uint(4000),
			event.Bool(true),
			{},
		}},
	} {
		e := decode(t, new(Builder).Begin(h).Packet(c.packet).Message(5, []byte(c.have), c.packet.Message).End())
		for i, want := range c.want {
			if !e.Values[i].Equal(want) {
				t.Errorf("%s is %v, want %v", e.Shape.Args[i].Name, e.Values[i], want)
			}
		}
		if e.Hook != "cgroup_skb" || e.Context.HostPID != 100 || e.Context.ProcessEntityID == 0 {
			t.Errorf("event %+v of %+v", e, e.Context)
		}
	}
}

func TestPacketMetadata(t *testing.T) {
	for typ, want := range map[catalogue.Type]string{
		catalogue.NetPacketDNSRequest: `{"src_ip":"10.0.0.9","dst_ip":"10.0.0.53","src_port":40000,"dst_port":53,` +
			`"protocol":17,"packet_len":60,"iface":"any","direction":2}`,
		catalogue.NetPacketDNSResponse: `{"src_ip":"2001:db8::53","dst_ip":"::1","src_port":53,"dst_port":40000,` +
			`"protocol":6,"packet_len":1280,"iface":"any","direction":1}`,
	} {
		p := packet4
		if typ == catalogue.NetPacketDNSResponse {
			p = packet6
		}
		e := decode(t, new(Builder).Begin(header(typ)).Packet(p).Message(1, []byte("m"), 1).End())
		if got := e.Values[0]; !got.Equal(event.JSON(want)) {
			t.Errorf("%s", got)
		}
	}
}

// A packet that nobody is known to have sent is of nobody.
func TestPacketOfNobody(t *testing.T) {
	h := Header{Type: catalogue.NetPacketDNS, Hook: HookCgroupSKB, UID: 1<<32 - 1, Sysno: -1, UnifiedCgroupID: 7, NetNS: 9}
	e := decode(t, new(Builder).Begin(h).Packet(packet4).End())
	c := e.Context
	if c.HostPID != 0 || c.ThreadEntityID != 0 || c.ProcessEntityID != 0 || c.ParentEntityID != 0 || c.ThreadStartTime != 0 ||
		c.UID != 1<<32-1 || c.UnifiedCgroupID != 7 || c.NetNS != 9 || e.Syscall != "" {
		t.Errorf("%+v", c)
	}
}

func TestPacketThatDoesNotFit(t *testing.T) {
	whole := new(Builder).Begin(header(catalogue.NetPacketDNS)).Packet(packet4).End()
	for name, rec := range map[string][]byte{
		"of another event": new(Builder).Begin(header(catalogue.Openat)).Packet(packet4).End(),
		"too short":        new(Builder).Begin(header(catalogue.NetPacketDNS)).tlv(tagPacket, 0, 0, make([]byte, 47)).End(),
		"of no version":    append(append([]byte{}, whole[:fullHeader+tlvHeader+36]...), append([]byte{5}, whole[fullHeader+tlvHeader+37:]...)...),
	} {
		var d Decoder
		d.Reset(envelope())
		var e event.Event
		if err := d.Decode(rec, 1, &e); err == nil || !strings.Contains(err.Error(), "packet") {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := packet4
	other.Protocol = 132
	if e := decode(t, new(Builder).Begin(header(catalogue.NetPacketDNS)).Packet(other).End()); e.Values[dnsProtocol].Text() != "132" {
		t.Errorf("%v", e.Values[dnsProtocol])
	}
}
