package dnswire

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
)

var update = flag.Bool("update", false, "write the golden files anew")

func name(s string) dnsmessage.Name { return dnsmessage.MustNewName(s) }

func head(t dnsmessage.Type, s string) dnsmessage.ResourceHeader {
	return dnsmessage.ResourceHeader{Name: name(s), Type: t, Class: dnsmessage.ClassINET, TTL: 300}
}

// everything is a response with a record of each type.
func everything(t testing.TB) []byte {
	t.Helper()
	target := dnsmessage.SVCBResource{Priority: 1, Target: name("svc.example.com."), Params: []dnsmessage.SVCParam{
		{Key: dnsmessage.SVCParamALPN, Value: []byte("\x02h2\x02h3")},
		{Key: dnsmessage.SVCParamPort, Value: []byte{0x20, 0xfb}},
		{Key: dnsmessage.SVCParamIPv4Hint, Value: []byte{192, 0, 2, 1, 192, 0, 2, 2}},
		{Key: dnsmessage.SVCParamIPv6Hint, Value: netip.MustParseAddr("2001:db8::1").AsSlice()},
	}}
	var o dnsmessage.ResourceHeader
	if err := o.SetEDNS0(1232, dnsmessage.RCodeSuccess, true); err != nil {
		t.Fatal(err)
	}
	m := dnsmessage.Message{
		Header: dnsmessage.Header{
			ID: 0xbeef, Response: true, Authoritative: true, RecursionDesired: true, RecursionAvailable: true,
			AuthenticData: true, RCode: dnsmessage.RCodeNameError,
		},
		Questions: []dnsmessage.Question{{Name: name("www.example.com."), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}},
		Answers: []dnsmessage.Resource{
			{Header: head(dnsmessage.TypeCNAME, "www.example.com."), Body: &dnsmessage.CNAMEResource{CNAME: name("a.example.net.")}},
			{Header: head(dnsmessage.TypeCNAME, "a.example.net."), Body: &dnsmessage.CNAMEResource{CNAME: name("b.example.net.")}},
			{Header: head(dnsmessage.TypeA, "b.example.net."), Body: &dnsmessage.AResource{A: [4]byte{203, 0, 113, 7}}},
			{Header: head(dnsmessage.TypeAAAA, "b.example.net."), Body: &dnsmessage.AAAAResource{AAAA: netip.MustParseAddr("2001:db8::7").As16()}},
			{Header: head(dnsmessage.TypePTR, "7.113.0.203.in-addr.arpa."), Body: &dnsmessage.PTRResource{PTR: name("b.example.net.")}},
			{Header: head(dnsmessage.TypeMX, "example.com."), Body: &dnsmessage.MXResource{Pref: 10, MX: name("mx.example.com.")}},
			{Header: head(dnsmessage.TypeSRV, "_ldap._tcp.example.com."), Body: &dnsmessage.SRVResource{Priority: 1, Weight: 2, Port: 389, Target: name("dc.example.com.")}},
			{Header: head(dnsmessage.TypeTXT, "example.com."), Body: &dnsmessage.TXTResource{TXT: []string{"v=spf1 ", "<-all>\xff"}}},
			{Header: head(dnsmessage.TypeHTTPS, "example.com."), Body: &dnsmessage.HTTPSResource{SVCBResource: target}},
			{Header: head(dnsmessage.TypeSVCB, "_dns.example.com."), Body: &target},
			{Header: head(typeURI, "example.com."), Body: &dnsmessage.UnknownResource{Type: typeURI, Data: []byte("\x00\x01\x00\x02http://x/")}},
			{Header: head(4711, "example.com."), Body: &dnsmessage.UnknownResource{Type: 4711, Data: []byte("?")}},
		},
		Authorities: []dnsmessage.Resource{
			{Header: head(dnsmessage.TypeNS, "example.com."), Body: &dnsmessage.NSResource{NS: name("ns.example.com.")}},
			{Header: head(dnsmessage.TypeSOA, "."), Body: &dnsmessage.SOAResource{NS: name("ns."), MBox: name("root.ns."), Serial: 1, Refresh: 2, Retry: 3, Expire: 4, MinTTL: 5}},
		},
		Additionals: []dnsmessage.Resource{{Header: o, Body: &dnsmessage.OPTResource{Options: []dnsmessage.Option{{Code: 10, Data: []byte("cookie")}, {Code: 999}}}}},
	}
	raw, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// completed is an event with a message, completed.
func completed(typ catalogue.Type, raw []byte, truncated bool) (*event.Event, bool) {
	shape := typ.Event().Shape()
	e := &event.Event{Shape: shape, Values: make([]event.Value, len(shape.Args))}
	if typ == catalogue.NetPacketDNS {
		e.Values[argMessage], e.Values[argTruncated] = event.Bytes(string(raw)), event.Bool(truncated)
	} else {
		e.Values[argData] = event.Bytes(string(raw))
	}
	return e, Complete(e)
}

// Each form of one message is the golden file's, to the byte.
func TestGolden(t *testing.T) {
	for typ, arg := range map[catalogue.Type]string{
		catalogue.NetPacketDNS: "proto_dns", catalogue.NetPacketDNSRequest: "dns_questions",
		catalogue.NetPacketDNSResponse: "dns_response",
	} {
		e, ok := completed(typ, everything(t), false)
		v, _ := e.Arg(arg)
		if !ok || v.Kind() != event.KindJSON {
			t.Fatalf("%s is %v, %v", arg, v, ok)
		}
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, []byte(v.Text()), "", " "); err != nil {
			t.Fatal(err)
		}
		pretty.WriteByte('\n')
		path := filepath.Join("testdata", arg+".json")
		if *update {
			if err := os.WriteFile(path, pretty.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(pretty.Bytes(), want) {
			t.Errorf("%s is\n%s, want\n%s", arg, pretty.Bytes(), want)
		}
		if malformed, there := e.Arg("malformed"); there && (malformed.IsNull() || malformed.Bool()) {
			t.Errorf("malformed is %v", malformed)
		}
	}
}

// Whatever is cut off, what comes before it is kept.
func TestCut(t *testing.T) {
	raw := everything(t)
	var most int
	for n := range raw {
		e, ok := completed(catalogue.NetPacketDNS, raw[:n], true)
		v, _ := e.Arg("proto_dns")
		if n < headerSize {
			if ok || !v.IsNull() || !e.Values[argMalformed].Bool() {
				t.Fatalf("%d bytes are %v, %v", n, v, ok)
			}
			continue
		}
		var m message
		if err := json.Unmarshal([]byte(v.Text()), &m); err != nil || !ok {
			t.Fatalf("%d bytes are %v, %v, %v", n, v, ok, err)
		}
		if len(m.Answers) < most || m.ANCount != 12 || m.ID != 0xbeef {
			t.Fatalf("%d bytes have %d answers, less than before", n, len(m.Answers))
		}
		most = len(m.Answers)
		// Without the excuse it is malformed.
		if _, ok := completed(catalogue.NetPacketDNS, raw[:n], false); ok {
			t.Fatalf("%d of %d bytes are whole", n, len(raw))
		}
	}
	if most != 12 {
		t.Errorf("%d answers at most", most)
	}
}

func TestMalformed(t *testing.T) {
	header := func(questions, answers byte) string {
		return "\x12\x34\x81\x80" + string([]byte{0, questions, 0, answers, 0, 0, 0, 0})
	}
	for _, c := range []struct{ label, raw, want string }{
		{"nothing", "", ""},
		{"a pointer to itself", header(1, 0) + "\xc0\x0c\x00\x01\x00\x01", `"questions":[]`},
		{"two pointers in a circle", header(1, 0) + "\x01a\xc0\x10\xc0\x0c\x00\x01\x00\x01", `"questions":[]`},
		{"a pointer behind the end", header(1, 0) + "\xff\xff\x00\x01\x00\x01", `"questions":[]`},
		{"a label of a kind that is none", header(1, 0) + "\x80a\x00\x00\x01\x00\x01", `"questions":[]`},
		{"a question, then nonsense", header(1, 1) + "\x01a\x00\x00\x01\x00\x01\xff", `"questions":[{"name":"a","type":"A","class":"IN"}],"answers":[]`},
		{"a length beyond the end", header(0, 1) + "\x01a\x00\x00\x01\x00\x01\x00\x00\x00\x00\xff\xff\x01\x02\x03\x04", `"IP":""`},
		{"more promised than there is", header(200, 0), `"QDCount":200`},
		{"a URI of two bytes", header(0, 1) + "\x00\x01\x00\x00\x01\x00\x00\x00\x00\x00\x02\x00\x01", `"type":"URI"`},
	} {
		t.Run(c.label, func(t *testing.T) {
			e, ok := completed(catalogue.NetPacketDNS, []byte(c.raw), false)
			v, _ := e.Arg("proto_dns")
			if ok || !e.Values[argMalformed].Bool() || !strings.Contains(v.Text(), c.want) || v.IsNull() != (c.want == "") {
				t.Errorf("%v, %v", v, ok)
			}
			for _, typ := range []catalogue.Type{catalogue.NetPacketDNSRequest, catalogue.NetPacketDNSResponse} {
				if e, ok := completed(typ, []byte(c.raw), false); ok || e.Values[argData].IsNull() != (c.want == "") {
					t.Errorf("%s: %v, %v", typ, e.Values[argData], ok)
				}
			}
		})
	}
}

// Pointers make a long name of two bytes, a thousand times.
func TestNamesAreBounded(t *testing.T) {
	long := strings.Repeat("\x3f"+strings.Repeat("\x01", 63), 3) + "\x00"
	raw := []byte("\x00\x00\x00\x00\x01\x01\x00\x00\x00\x00\x00\x00" + long + "\x00\x01\x00\x01")
	for len(raw) < 1232 {
		raw = append(raw, "\xc0\x0c\x00\x01\x00\x01"...)
	}
	raw[5] = byte((len(raw) - 12 - len(long)) / 6)
	raw[4] = 0
	e, ok := completed(catalogue.NetPacketDNS, raw, false)
	v, _ := e.Arg("proto_dns")
	if n := len(v.Text()); ok || n < 10_000 || n > 8*maxNames {
		t.Errorf("%d bytes of %d, %v", n, len(raw), ok)
	}
}

// Names that zone files could not have are shown as they are.
func TestOddNames(t *testing.T) {
	for label, want := range map[string]string{
		"\x03a b\x00": `a b`, "\x04\"\\\n\x00\x00": `\"\\\n\u0000`, "\x02\xff\xfe\x00": "\uFFFD\uFFFD", "\x00": ``,
	} {
		raw := []byte("\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00" + label + "\x00\x10\x00\x03")
		e, ok := completed(catalogue.NetPacketDNSRequest, raw, false)
		got := e.Values[argData].Text()
		got = strings.ReplaceAll(got, `\ufffd`, "\uFFFD")
		if text := `[{"query":"` + want + `","query_type":"TXT","query_class":"CH"}]`; !ok || got != text {
			t.Errorf("%q is %s, want %s", label, got, text)
		}
	}
}

func TestOtherEventsAreLeftAlone(t *testing.T) {
	for typ := range catalogue.All() {
		shape := typ.Shape()
		e := &event.Event{Shape: shape, Values: make([]event.Value, len(shape.Args))}
		for i := range e.Values {
			e.Values[i] = event.Int(7)
		}
		if !Complete(e) {
			t.Errorf("%s is malformed", typ.Name)
		}
		for _, v := range e.Values {
			if !v.Equal(event.Int(7)) {
				t.Errorf("%s was changed", typ.Name)
			}
		}
	}
	if !Complete(&event.Event{Shape: catalogue.NetPacketDNS.Event().Shape()}) {
		t.Error("an event without values")
	}
}

func TestWords(t *testing.T) {
	for got, want := range map[string]string{
		opCodeName(0): "query", opCodeName(1): "inverse query", opCodeName(2): "status", opCodeName(4): "notify",
		opCodeName(5): "update", opCodeName(9): "unknown", responseName(2): "server failure",
		responseName(5): "query refused", className(4): "HS", className(255): "Any", className(2): "CS",
		className(9): "CLASS9", typeName(251): "IXFR", typeName(255): "ANY", typeName(252): "AXFR", typeName(10): "NULL",
		typeName(13): "HINFO", typeName(14): "MINFO", typeName(11): "WKS", optionName(15): "EDE", optionName(8): "EDNSClientSubnet",
		optionName(3): "NSID", optionName(11): "TCPKeepAlive", optionName(12): "Padding",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if responseName(15) != "unknown" {
		t.Error("a code without words")
	}
}

// Whatever bytes there are: it ends, its size is bounded, and what it says is
// JSON of the shape that was promised.
func FuzzComplete(f *testing.F) {
	f.Add(everything(f), false)
	f.Add([]byte("\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\xc0\x0c\x00\x01\x00\x01"), true)
	f.Fuzz(func(t *testing.T, raw []byte, truncated bool) {
		raw = raw[:min(len(raw), 1232)]
		for _, typ := range []catalogue.Type{catalogue.NetPacketDNS, catalogue.NetPacketDNSRequest, catalogue.NetPacketDNSResponse} {
			e, ok := completed(typ, raw, truncated)
			v := e.Values[argData]
			if typ == catalogue.NetPacketDNS {
				v = e.Values[argMessage]
			}
			if len(raw) < headerSize != v.IsNull() || v.IsNull() && ok {
				t.Fatalf("%d bytes are %v, %v", len(raw), v, ok)
			}
			if v.IsNull() {
				continue
			}
			if len(v.Text()) > 512<<10 || !json.Valid([]byte(v.Text())) {
				t.Fatalf("%d bytes of JSON", len(v.Text()))
			}
		}
	})
}

// BenchmarkComplete is what a message costs the enricher.
func BenchmarkComplete(b *testing.B) {
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{Response: true},
		Questions: []dnsmessage.Question{{Name: name("www.example.com."), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}},
		Answers: []dnsmessage.Resource{
			{Header: head(dnsmessage.TypeCNAME, "www.example.com."), Body: &dnsmessage.CNAMEResource{CNAME: name("a.example.net.")}},
			{Header: head(dnsmessage.TypeA, "a.example.net."), Body: &dnsmessage.AResource{A: [4]byte{203, 0, 113, 7}}},
		},
	}
	raw, err := m.Pack()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := completed(catalogue.NetPacketDNS, raw, false); !ok {
			b.Fatal("malformed")
		}
	}
}
