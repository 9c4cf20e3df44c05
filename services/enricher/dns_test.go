package enricher

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/weirsec/weir/internal/datasource/dns"
	"github.com/weirsec/weir/schemas/batch"
	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/record"
)

// answer is a DNS message that gives a name addresses, valid for ttl seconds.
func answer(name string, ttl uint32, addresses ...string) []byte {
	be := binary.BigEndian
	b := be.AppendUint16([]byte{0x12, 0x34, 0x81, 0x80, 0, 1}, uint16(len(addresses)))
	b = append(b, 0, 0, 0, 0)
	for label := range strings.SplitSeq(name, ".") {
		b = append(append(b, byte(len(label))), label...)
	}
	b = append(b, 0, 0, 1, 0, 1)
	for _, text := range addresses {
		ip := netip.MustParseAddr(text).AsSlice()
		kind := map[int]byte{4: 1, 16: 28}[len(ip)]
		b = be.AppendUint32(append(b, 0xc0, 12, 0, kind, 0, 1), ttl)
		b = append(be.AppendUint16(b, uint16(len(ip))), ip...)
	}
	return b
}

// answered adds the packet of a DNS message that came in.
func (r *raw) answered(t catalogue.Type, at uint64, k *task, netns uint32, message []byte) *raw {
	h := k.header(t, at)
	h.Hook, h.NetNS = record.HookCgroupSKB, netns
	arg := uint8(5)
	if t == catalogue.NetPacketDNSResponse {
		arg = 1
	}
	r.builder.Begin(h).Packet(record.Packet{
		Source: netip.MustParseAddrPort("10.0.0.53:53"), Destination: netip.MustParseAddrPort("10.0.0.9:40000"),
		Protocol: record.ProtocolUDP, Direction: record.Ingress, Length: uint32(28 + len(message)), Message: uint32(len(message)),
	}).Message(arg, message, uint32(len(message)))
	return r.end()
}

// connected adds a connection to an address.
func (r *raw) connected(at uint64, k *task, netns uint32, addr string) *raw {
	h := k.header(catalogue.SecuritySocketConnect, at)
	h.NetNS = netns
	to := netip.MustParseAddrPort(addr)
	sockaddr := binary.LittleEndian.AppendUint16(nil, 2)
	if to.Addr().Is6() {
		sockaddr[0] = 10
	}
	sockaddr = binary.BigEndian.AppendUint16(sockaddr, to.Port())
	if to.Addr().Is6() {
		sockaddr = append(sockaddr, 0, 0, 0, 0)
	}
	sockaddr = append(append(sockaddr, to.Addr().AsSlice()...), 0, 0, 0, 0, 0, 0, 0, 0)
	r.builder.Begin(h).Int32(0, 3).Int32(1, 1).Sockaddr(2, sockaddr)
	return r.end()
}

// names are what the connections of a message show, in order.
func (r *rig) names(m *raw) []string {
	r.t.Helper()
	var list []string
	for _, b := range r.decode(r.handle(m)) {
		list = append(list, namesOf(b)...)
	}
	return list
}

func namesOf(b *batch.Batch) []string {
	var list []string
	for _, e := range b.Events {
		switch {
		case e.Name() != "security_socket_connect":
		case e.DNS == nil:
			list = append(list, "none")
		default:
			list = append(list, e.DNS.Status.String()+" "+strings.Join(e.DNS.Names, " "))
		}
	}
	return list
}

// A connection shows the names that its container was told for the address,
// whichever of the two events tells of the answer, and what another container or
// the host was told does not count.
func TestConnectionsHaveNames(t *testing.T) {
	for _, typ := range []catalogue.Type{catalogue.NetPacketDNS, catalogue.NetPacketDNSResponse} {
		t.Run(typ.String(), func(t *testing.T) {
			r := newRig(t, atOnce)
			a, b := initd.child(200, 300), initd.child(201, 301)
			a.cgroup, b.cgroup = 7, 8
			if got := r.names(newRaw().connected(1, a, 5, "192.0.2.1:443")); got[0] != "none" {
				t.Errorf("before DNS is observed: %q", got)
			}
			r.handle(newRaw().cgroup(catalogue.ExistingCgroup, 2, 7, "/docker/"+idA).cgroup(catalogue.ExistingCgroup, 3, 8, "/docker/"+idB))
			// In one message, in the order of the rings.
			got := r.names(newRaw().connected(402, a, 5, "192.0.2.1:443").
				answered(typ, 401, a, 5, answer("db.example.com", 60, "192.0.2.1", "2001:db8::1")))
			if len(got) != 1 || got[0] != "resolved db.example.com" {
				t.Errorf("%q", got)
			}
			got = r.names(newRaw().connected(500, a, 5, "[2001:db8::1]:443").connected(501, a, 5, "192.0.2.2:443").
				connected(62_000, a, 5, "192.0.2.1:443"))
			if fmt.Sprint(got) != "[resolved db.example.com not_found  stale db.example.com]" {
				t.Errorf("%q", got)
			}
			// Neither the other container nor the host was told.
			if got := r.names(newRaw().connected(70_000, b, 5, "192.0.2.1:443")); got[0] != "not_found " {
				t.Errorf("another container: %q", got)
			}
			if got := r.names(newRaw().connected(70_001, initd, 5, "192.0.2.1:443")); got[0] != "not_found " {
				t.Errorf("the host: %q", got)
			}
			// On the host those that share the network share the answers.
			got = r.names(newRaw().answered(typ, 70_002, initd, 5, answer("host.example.com", 60, "192.0.2.1")).
				connected(70_003, initd.child(300, 400), 5, "192.0.2.1:443").connected(70_004, initd, 6, "192.0.2.1:443"))
			if fmt.Sprint(got) != "[resolved host.example.com not_found ]" {
				t.Errorf("the host: %q", got)
			}
		})
	}
}

// The same message gives the same events again, names included.
func TestNamesAreTheSameAgain(t *testing.T) {
	r := newRig(t, nil)
	m := newRaw().answered(catalogue.NetPacketDNSResponse, 401, initd, 5, answer("a.test", 60, "192.0.2.1")).
		connected(402, initd, 5, "192.0.2.1:443")
	in := m.message(t, 1)
	first, err := r.handler.Handle(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	second, err := r.handler.Handle(t.Context(), in)
	if err != nil || string(first[0].Data) != string(second[0].Data) {
		t.Errorf("%v", err)
	}
	if got := namesOf(r.decode(second)[0]); got[0] != "resolved a.test" {
		t.Errorf("%q", got)
	}
}

// What is forgotten and what is not believed is counted.
func TestNamesAreBounded(t *testing.T) {
	r := newRig(t, func(c *Config) { c.DNS.Bytes = 64 << 10 })
	m := newRaw()
	for i := range 500 {
		m.answered(catalogue.NetPacketDNSResponse, uint64(400+i), initd, 5, answer(fmt.Sprintf("n%d.test", i), 60, fmt.Sprintf("10.0.%d.%d", i>>8, i&255)))
	}
	two := answer("a.test", 60)
	two[5], two[7] = 2, 1
	m.answered(catalogue.NetPacketDNS, 1000, initd, 5, append(two, "\x01b\x00\x00\x01\x00\x01\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x09\x00\x04\x0a\x00\x00\x01"...))
	m.connected(1001, initd, 5, "10.0.0.1:80")
	if got := r.names(m); got[0] != "lost " {
		t.Errorf("%q", got)
	}
	if got := r.metric("weir.enricher.evicted", "kind", "dns_name"); got < 500 {
		t.Errorf("%d evicted", got)
	}
	if got := r.metric("weir.enricher.dns.unused", "reason", "message"); got != 1 {
		t.Errorf("%d messages not believed", got)
	}
	cfg := Default()
	cfg.DNS.Bytes = 1
	if cfg.Validate() == nil {
		t.Error("no room at all is accepted")
	}
}

// Events that were decoded elsewhere have names too; what they know themselves
// counts.
func TestImportedNames(t *testing.T) {
	m := newImporter(t)
	c := event.Context{HostPID: 7, HostTID: 7, ProcessEntityID: 9}
	response := m.at(c, "net_packet_dns")
	response.Shape.Args = []event.ArgSpec{{Name: "metadata", Type: "trace.PacketMetadata"}, {Name: "proto_dns", Type: "trace.ProtoDNS"}}
	response.Values = []event.Value{{}, event.JSON(`{"QR":1,"responseCode":"no error","questions":[{"name":"a.test"}],` +
		`"answers":[{"name":"a.test","type":"A","class":"IN","TTL":60,"IP":"192.0.2.1"}]}`)}
	tcp := m.at(c, "net_tcp_connect", "dst", "192.0.2.1")
	known := m.at(c, "net_tcp_connect", "dst", "192.0.2.1")
	known.DNS = &event.DNS{Names: []string{"theirs.test"}, Status: event.StatusStale}
	got := m.enrich(response, tcp, known)
	if d := got[1].DNS; d == nil || d.Status != event.StatusResolved || d.Names[0] != "a.test" {
		t.Errorf("%+v", d)
	}
	if d := got[2].DNS; d == nil || d.Status != event.StatusStale || d.Names[0] != "theirs.test" {
		t.Errorf("%+v", d)
	}
}

// What a detector learns from the events of a partition is what the enricher knew
// of the same container.
func TestReplicaLearnsFromEvents(t *testing.T) {
	for _, typ := range []catalogue.Type{catalogue.NetPacketDNS, catalogue.NetPacketDNSResponse} {
		r := newRig(t, atOnce)
		a, b := initd.child(200, 300), initd.child(201, 301)
		a.cgroup, b.cgroup = 7, 8
		out := r.handle(newRaw().cgroup(catalogue.ExistingCgroup, 2, 7, "/docker/"+idA).cgroup(catalogue.ExistingCgroup, 3, 8, "/docker/"+idB).
			answered(typ, 401, a, 5, answer("a.test", 60, "192.0.2.1", "192.0.2.2")).connected(402, a, 5, "192.0.2.1:443").
			answered(typ, 403, b, 6, answer("b.test", 60, "192.0.2.1")).connected(404, b, 6, "192.0.2.1:443").
			connected(405, initd, 6, "192.0.2.1:443"))
		compared := 0
		for i, part := range r.decode(out) {
			replica := dns.New(dns.Default())
			for _, e := range part.Events {
				known := e.DNS
				replica.Apply(&e)
				if e.Name() != "security_socket_connect" || e.Context.Container.ID == "" {
					continue
				}
				compared++
				e.DNS = nil
				if replica.Resolve(&e); e.DNS == nil || e.DNS.Status != known.Status || fmt.Sprint(e.DNS.Names) != fmt.Sprint(known.Names) {
					t.Errorf("%s: %+v, the enricher knew %+v", out[i].Subject, e.DNS, known)
				}
			}
		}
		if compared != 2 {
			t.Errorf("%d connections compared", compared)
		}
	}
}
