package probe

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/collector/hierarchy"
)

var dnsEvents = []string{"net_packet_dns", "net_packet_dns_request", "net_packet_dns_response"}

// resolver serves in this process, whose own events are left out.
func resolver(t *testing.T, addr string, slow bool, answer func([]byte) []byte) {
	t.Helper()
	s, err := serveDNS(addr, slow, answer)
	if err != nil {
		t.Skipf("no address for a server: %v", err)
	}
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
}

// bytesOf returns an argument that is bytes.
func bytesOf(t *testing.T, e event.Event, name string) string {
	t.Helper()
	v, ok := e.Arg(name)
	if !ok || v.Kind() != event.KindBytes {
		t.Fatalf("%s of %s is %v", name, e.Name(), v)
	}
	return v.Text()
}

// exchange is a question and its answer between a client and a server.
type exchange struct {
	network, server string
	// header is what comes before a message in a packet, prefix what TCP puts there.
	header, prefix int
	query, reply   []byte
	pid            int
	// skipped says why there was none.
	skipped error
}

// Every field of a question and its answer, over both protocols and both
// families.
func TestDNS(t *testing.T) {
	query := question(t, 0x1234, "weir.example.")
	list := []*exchange{
		{network: "udp", server: "127.53.0.1:53", header: 28},
		{network: "udp", server: "[::1]:53", header: 48},
		{network: "tcp", server: "127.53.0.1:53", header: 52, prefix: 2},
		{network: "tcp", server: "[::1]:53", header: 72, prefix: 2},
	}
	w := watch(t, Config{}, dnsEvents, func() {
		for _, x := range list {
			x.query, x.reply = query, answers(query, 2)
			var s *dnsServer
			if s, x.skipped = serveDNS(x.server, false, func([]byte) []byte { return x.reply }); x.skipped != nil {
				continue
			}
			x.pid = child(t, "ask", x.network, x.server, hex.EncodeToString(query))
			if err := s.close(); err != nil {
				t.Error(err)
			}
		}
	})
	for _, x := range list {
		t.Run(x.network+" "+x.server, func(t *testing.T) {
			if x.skipped != nil {
				t.Skipf("no address for a server: %v", x.skipped)
			}
			x.check(t, w)
		})
	}
	for _, typ := range []catalogue.Type{catalogue.NetPacketDNS, catalogue.NetPacketDNSRequest} {
		if k := count(t, w.probe, typ); !k.Balanced() || k.Lost() != 0 || k.Submitted == 0 {
			t.Errorf("%+v", k)
		}
	}
}

// check compares what was seen of an exchange.
func (x *exchange) check(t *testing.T, w *watched) {
	t.Helper()
	packets := w.of("net_packet_dns", x.pid)
	if len(packets) != 2 {
		t.Fatalf("%d packets of the client", len(packets))
	}
	server := netip.MustParseAddrPort(x.server)
	out := packetOf(t, packets[0])
	client := netip.AddrPortFrom(server.Addr(), out.source.Port())
	if server.Addr().Is4() {
		client = netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), out.source.Port())
	}
	if want := (packet{client, server, 2, x.network, string(x.query), uint64(len(x.query)), false}); out != want {
		t.Errorf("question\n%+v, want\n%+v", out, want)
	}
	in := packetOf(t, packets[1])
	if want := (packet{server, client, 1, x.network, string(x.reply), uint64(len(x.reply)), false}); in != want {
		t.Errorf("answer\n%+v, want\n%+v", in, want)
	}
	for i, e := range packets {
		owned(t, e, x.pid)
		other := w.of([]string{"net_packet_dns_request", "net_packet_dns_response"}[i], x.pid)
		if len(other) != 1 {
			t.Fatalf("%d of the other kind", len(other))
		}
		owned(t, other[0], x.pid)
		p := packetOf(t, e)
		protocol := map[string]string{"udp": "17", "tcp": "6"}[x.network]
		want := `{"src_ip":"` + p.source.Addr().String() + `","dst_ip":"` + p.destination.Addr().String() +
			`","src_port":` + strconv.Itoa(int(p.source.Port())) + `,"dst_port":` + strconv.Itoa(int(p.destination.Port())) +
			`,"protocol":` + protocol + `,"packet_len":` + strconv.Itoa(x.header+x.prefix+len(p.message)) + `,"iface":"any","direction":` +
			strconv.Itoa(p.direction) + "}"
		if got, _ := other[0].Arg("metadata"); got.Text() != want {
			t.Errorf("metadata %s, want %s", got, want)
		}
		if got := bytesOf(t, other[0], []string{"dns_questions", "dns_response"}[i]); got != p.message {
			t.Errorf("message %q, want %q", got, p.message)
		}
	}
}

type packet struct {
	source, destination netip.AddrPort
	direction           int
	protocol, message   string
	length              uint64
	truncated           bool
}

func packetOf(t *testing.T, e event.Event) packet {
	t.Helper()
	end := func(addr, port string) netip.AddrPort {
		a, err := netip.ParseAddr(text(t, e, addr))
		if err != nil {
			t.Fatal(err)
		}
		return netip.AddrPortFrom(a, uint16(number(t, e, port)))
	}
	direction, _ := e.Arg("metadata")
	p := packet{
		source: end("src", "src_port"), destination: end("dst", "dst_port"),
		protocol: text(t, e, "protocol"), message: bytesOf(t, e, "proto_dns"), length: uint64(number(t, e, "length")),
	}
	p.direction = map[string]int{`{"direction":1}`: 1, `{"direction":2}`: 2}[direction.Text()]
	cut, _ := e.Arg("truncated")
	p.truncated = cut.Bool()
	if e.Hook != "cgroup_skb" {
		t.Errorf("hook %q", e.Hook)
	}
	if v, _ := e.Arg("malformed"); !v.IsNull() {
		t.Errorf("the collector says %v about a message that it has not read", v)
	}
	return p
}

// owned looks at whose an event says it is.
func owned(t *testing.T, e event.Event, pid int) {
	t.Helper()
	c := e.Context
	var net unix.Stat_t
	if err := unix.Stat("/proc/self/ns/net", &net); err != nil {
		t.Fatal(err)
	}
	if int(c.HostPID) != pid || int(c.HostPPID) != os.Getpid() || c.ProcessName != "probe.test" || c.ProcessEntityID == 0 ||
		c.UID != uint32(os.Getuid()) || uint64(c.NetNS) != net.Ino || c.HostTID == 0 || c.MountNS == 0 || c.PIDNS == 0 ||
		c.CgroupID == 0 || c.UnifiedCgroupID == 0 || c.ThreadStartTime == 0 || c.HostName == "" {
		t.Errorf("%s of %+v", e.Name(), c)
	}
}

// Go's own resolver asks for both families at once and says what it can take.
func TestDNSResolver(t *testing.T) {
	resolver(t, "127.53.0.2:53", false, func(q []byte) []byte { return answers(q, 1) })
	var pid int
	w := watch(t, Config{}, dnsEvents[:1], func() { pid = child(t, "resolve", "127.53.0.2:53", "host.weir.example.") })
	asked := map[dnsmessage.Type]int{}
	for _, e := range w.of("net_packet_dns", pid) {
		var m dnsmessage.Message
		if err := m.Unpack([]byte(packetOf(t, e).message)); err != nil {
			t.Fatal(err)
		}
		if m.Questions[0].Name.String() != "host.weir.example." || m.Response != (packetOf(t, e).direction == 1) {
			t.Errorf("%+v", m)
		}
		asked[m.Questions[0].Type]++
		owned(t, e, pid)
	}
	if asked[dnsmessage.TypeA] != 2 || asked[dnsmessage.TypeAAAA] != 2 {
		t.Errorf("messages by type: %v", asked)
	}
}

// What is longer than the kernel copies is cut, and says so.
func TestDNSTruncated(t *testing.T) {
	query := question(t, 9, "many.weir.example.")
	reply := answers(query, 100)
	resolver(t, "127.53.0.3:53", true, func([]byte) []byte { return reply })
	if len(reply) < 1500 {
		t.Fatalf("%d bytes are not long", len(reply))
	}
	cases := []struct {
		network   string
		have, pid int
	}{
		{"udp", 1232, 0},
		// Sent in parts: of the first only what it has is there, and the length
		// before it is not taken for a message.
		{"tcp", len(reply) / 2, 0},
	}
	w := watch(t, Config{}, dnsEvents, func() {
		for i := range cases {
			cases[i].pid = child(t, "ask", cases[i].network, "127.53.0.3:53", hex.EncodeToString(query))
		}
	})
	for _, c := range cases {
		packets := w.of("net_packet_dns", c.pid)
		if len(packets) != 2 {
			t.Fatalf("%s: %d packets", c.network, len(packets))
		}
		p := packetOf(t, packets[1])
		if !p.truncated || p.message != string(reply[:c.have]) || p.length != uint64(len(reply)) || packetOf(t, packets[0]).truncated {
			t.Errorf("%s: %d bytes of %d, truncated %v", c.network, len(p.message), p.length, p.truncated)
		}
	}
	// Each where it arrives: those that send are this process and left out.
	if k := count(t, w.probe, catalogue.NetPacketDNSResponse); k.Truncated < 2 {
		t.Errorf("%+v", k)
	}
}

// Several messages in one segment are several events; of more than four the
// rest is counted.
func TestDNSPipelined(t *testing.T) {
	var queries, inHex []string
	for i := range 6 {
		queries = append(queries, string(question(t, uint16(i), "p"+strconv.Itoa(i)+".weir.example.")))
		inHex = append(inHex, hex.EncodeToString([]byte(queries[i])))
	}
	resolver(t, "127.53.0.4:53", false, func(q []byte) []byte { return answers(q, 1) })
	var pid int
	w := watch(t, Config{}, dnsEvents[:1], func() {
		pid = child(t, "ask", append([]string{"tcp", "127.53.0.4:53"}, inHex...)...)
	})
	var asked []string
	for _, e := range w.of("net_packet_dns", pid) {
		if p := packetOf(t, e); p.direction == 2 {
			asked = append(asked, p.message)
		}
	}
	if !slices.Equal(asked, queries[:4]) {
		t.Errorf("%d questions: %q", len(asked), asked)
	}
	// Seen where it leaves and where it arrives.
	if n := w.lost("pipelined", "net_packet_dns"); n != 2 {
		t.Errorf("%d segments with more", n)
	}
}

// A datagram that is too short to be a message is counted, not recorded.
func TestDNSShort(t *testing.T) {
	resolver(t, "127.53.0.5:53", false, func(q []byte) []byte { return q })
	var pid int
	w := watch(t, Config{}, dnsEvents, func() { pid = child(t, "ask", "udp", "127.53.0.5:53", hex.EncodeToString([]byte("eleven byte"))) })
	if list := w.of("", pid); slices.ContainsFunc(list, func(e event.Event) bool { return e.Hook == "cgroup_skb" }) {
		t.Error("recorded")
	}
	// Twice there, twice back.
	if n := w.lost("short", "net_packet_dns"); n != 4 {
		t.Errorf("%d counted", n)
	}
}

// In a network of its own, in a cgroup of its own: server and client are the
// same process there, so that each message is seen twice.
func TestDNSNamespace(t *testing.T) {
	var dir string
	var group, netns unix.Stat_t
	var pid int
	w := watch(t, Config{}, dnsEvents[:1], func() {
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		groups, err := hierarchy.Find("/proc")
		if err != nil {
			t.Fatal(err)
		}
		dir = groups.Unified + "/weir-dns-" + strconv.Itoa(os.Getpid())
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Skipf("no cgroup here: %v", err)
		}
		t.Cleanup(func() { _ = os.Remove(dir) })
		if err := unix.Stat(dir, &group); err != nil {
			t.Fatal(err)
		}
		fd, err := unix.Open(dir, unix.O_DIRECTORY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = unix.Close(fd) }()
		cmd := exec.Command(self, hex.EncodeToString(question(t, 7, "alone.weir.example.")))
		cmd.Env = append(os.Environ(), "WEIR_TEST_ACTION=alone")
		cmd.SysProcAttr = &unix.SysProcAttr{Cloneflags: unix.CLONE_NEWNET, UseCgroupFD: true, CgroupFD: fd}
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v %s", err, out)
		}
		netns.Ino, _ = strconv.ParseUint(strings.TrimSpace(string(out)), 10, 64)
		pid = cmd.Process.Pid
	})
	packets := w.of("net_packet_dns", pid)
	if len(packets) != 4 {
		t.Fatalf("%d packets", len(packets))
	}
	for _, e := range packets {
		if c := e.Context; c.UnifiedCgroupID != group.Ino || uint64(c.NetNS) != netns.Ino || c.ProcessName != "probe.test" {
			t.Errorf("cgroup %d, want %d; network %d, want %d", c.UnifiedCgroupID, group.Ino, c.NetNS, netns.Ino)
		}
	}
}

// Container engines and service meshes redirect questions to a resolver of their
// own, at another port: they are seen all the same.
func TestDNSRedirected(t *testing.T) {
	if _, err := exec.LookPath("iptables"); err != nil {
		t.Skip(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	query := question(t, 11, "redirected.weir.example.")
	var pid int
	w := watch(t, Config{}, dnsEvents[:1], func() {
		cmd := exec.Command(self, hex.EncodeToString(query))
		cmd.Env = append(os.Environ(), "WEIR_TEST_ACTION=redirected")
		cmd.SysProcAttr = &unix.SysProcAttr{Cloneflags: unix.CLONE_NEWNET}
		if out, err := cmd.CombinedOutput(); err != nil && strings.Contains(string(out), "iptables") {
			t.Skipf("this kernel does not redirect: %s", out)
		} else if err != nil {
			t.Fatalf("%v %s", err, out)
		}
		pid = cmd.Process.Pid
	})
	var asked, answered bool
	for _, e := range w.of("net_packet_dns", pid) {
		p := packetOf(t, e)
		asked = asked || p.direction == 2 && p.destination.String() == "127.0.0.1:15053" && p.message == string(query)
		answered = answered || p.direction == 1 && p.source.String() == "127.0.0.99:53"
	}
	if !asked || !answered {
		t.Errorf("question seen %v, answer seen %v", asked, answered)
	}
}

// A server that is older than the collector is unknown until it sends: then its
// packets have no process, and the cgroup still.
func TestDNSUnknownOwner(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	server := exec.Command(self, "127.53.0.6:53")
	server.Env = append(os.Environ(), "WEIR_TEST_ACTION=serve")
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	if _, err := out.Read(make([]byte, 8)); err != nil {
		t.Skipf("no server: %v", err)
	}
	query := hex.EncodeToString(question(t, 8, "old.weir.example."))
	w := watch(t, Config{}, dnsEvents[:1], func() { child(t, "ask", "udp", "127.53.0.6:53", query, query) })
	var unknown, known int
	for _, e := range w.of("net_packet_dns", 0) {
		if p := packetOf(t, e); p.destination.String() != "127.53.0.6:53" || p.direction != 1 {
			continue
		}
		c := e.Context
		switch {
		case int(c.HostPID) == server.Process.Pid:
			known++
		case c.HostPID == 0 && c.ProcessEntityID == 0 && c.ProcessName == "" && c.UID == 1<<32-1 && c.UnifiedCgroupID != 0 && c.NetNS != 0:
			unknown++
		default:
			t.Errorf("%+v", c)
		}
	}
	if unknown != 1 || known != 1 {
		t.Errorf("%d packets of nobody, %d of the server", unknown, known)
	}
}

// IPv6 packets with extension headers are read through; fragments are counted.
// Only raw sockets make such.
func TestDNSExtensionHeaders(t *testing.T) {
	query := question(t, 10, "ext.weir.example.")
	var pid int
	w := watch(t, Config{}, dnsEvents[:1], func() { pid = child(t, "raw6", hex.EncodeToString(query)) })
	packets := w.of("net_packet_dns", pid)
	if len(packets) != 1 {
		t.Fatalf("%d packets", len(packets))
	}
	if p := packetOf(t, packets[0]); p.message != string(query) || p.direction != 2 || p.destination.Port() != 53 {
		t.Errorf("%+v", p)
	}
	if w.lost("fragment", "net_packet_dns") != 1 || w.lost("headers", "net_packet_dns") != 1 {
		t.Errorf("losses %v", w.losses)
	}
}

// ip6 is a packet from ::1 to ::1 with extension headers before a datagram.
func ip6(first byte, extensions []byte, message string) []byte {
	udp := binary.BigEndian.AppendUint16(nil, 5353)
	udp = binary.BigEndian.AppendUint16(udp, 53)
	udp = binary.BigEndian.AppendUint16(udp, uint16(8+len(message)))
	udp = append(append(udp, 0, 0), message...)
	p := binary.BigEndian.AppendUint16([]byte{0x60, 0, 0, 0}, uint16(len(extensions)+len(udp)))
	p = append(p, first, 64)
	p = append(append(p, make([]byte, 15)...), 1)
	p = append(append(p, make([]byte, 15)...), 1)
	return append(append(p, extensions...), udp...)
}
