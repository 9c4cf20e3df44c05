package dns

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/event"
)

func TestNames(t *testing.T) {
	chain := response("www.example.com",
		alias("www.example.com", "edge.example.net"), alias("edge.example.net", "e7.example.org"), a("e7.example.org", "192.0.2.7"))
	for _, c := range []struct {
		name     string
		messages []map[string]any
		addr     string
		at       int64
		want     string
	}{
		{"told", []map[string]any{response("a.test", a("a.test", "192.0.2.1"))}, "192.0.2.1", 0, "resolved a.test"},
		{"at its end", []map[string]any{response("a.test", a("a.test", "192.0.2.1"))}, "192.0.2.1", 300 * second, "resolved a.test"},
		{"after its end", []map[string]any{response("a.test", a("a.test", "192.0.2.1"))}, "192.0.2.1", 300*second + 1, "stale a.test"},
		{"before it was told", []map[string]any{response("a.test", a("a.test", "192.0.2.1"))}, "192.0.2.1", -1, "not_found "},
		{"not told", []map[string]any{response("a.test", a("a.test", "192.0.2.1"))}, "192.0.2.2", 0, "not_found "},
		{"nothing was seen", nil, "192.0.2.1", 0, "nobody tried"},
		{"no caching: a moment", []map[string]any{response("a.test", a("a.test", "192.0.2.1").valid(0))}, "192.0.2.1", 30 * second, "resolved a.test"},
		{"no caching: later", []map[string]any{response("a.test", a("a.test", "192.0.2.1").valid(0))}, "192.0.2.1", 30*second + 1, "stale a.test"},
		{"a day at most", []map[string]any{response("a.test", a("a.test", "192.0.2.1").valid(1<<31-1))}, "192.0.2.1", 24*3600*second + 1, "stale a.test"},
		{"without case and dot", []map[string]any{response("Www.Example.COM.", a("wWW.example.com", "192.0.2.1"))}, "192.0.2.1", 0, "resolved www.example.com"},
		{"the name in question first", []map[string]any{chain}, "192.0.2.7", 0, "resolved www.example.com edge.example.net e7.example.org"},
		{
			"a chain that broke",
			[]map[string]any{response("w.test", alias("w.test", "e.test").valid(60), a("e.test", "192.0.2.1"))},
			"192.0.2.1", 100 * second, "resolved e.test",
		},
		{
			"several, the last first",
			[]map[string]any{response("a.test", a("a.test", "192.0.2.1")), response("b.test", a("b.test", "192.0.2.1"))},
			"192.0.2.1", 0, "resolved b.test a.test",
		},
		{
			"told again counts as the last",
			[]map[string]any{
				response("a.test", a("a.test", "192.0.2.1")), response("b.test", a("b.test", "192.0.2.1")),
				response("a.test", a("a.test", "192.0.2.1")),
			},
			"192.0.2.1", 0, "resolved a.test b.test",
		},
		{
			"only what holds",
			[]map[string]any{response("a.test", a("a.test", "192.0.2.1").valid(60)), response("b.test", a("b.test", "192.0.2.1"))},
			"192.0.2.1", 100 * second, "resolved b.test",
		},
		{"IPv6", []map[string]any{response("a.test", rr{owner: "a.test", kind: "AAAA", target: "2001:db8::1", ttl: 60})}, "2001:0db8:0::1", 0, "resolved a.test"},
		{"IPv4 in IPv6", []map[string]any{response("a.test", a("a.test", "192.0.2.1"))}, "::ffff:192.0.2.1", 0, "resolved a.test"},
		{"no address", []map[string]any{response("a.test", a("a.test", "192.0.2.1"))}, "/run/socket", 0, "nobody tried"},
		{
			"services",
			[]map[string]any{response("_db._tcp.test", rr{owner: "_db._tcp.test", kind: "SRV", target: "n1.test", ttl: 60}, a("n1.test", "192.0.2.1"))},
			"192.0.2.1", 0, "resolved _db._tcp.test n1.test",
		},
		{
			"hints",
			[]map[string]any{response("a.test", rr{owner: "a.test", kind: "HTTPS", target: "", ttl: 60, hints: []string{"192.0.2.1", "2001:db8::1"}})},
			"2001:db8::1", 0, "resolved a.test",
		},
		{
			"hints of another name",
			[]map[string]any{response("a.test", rr{owner: "a.test", kind: "HTTPS", target: "svc.test", ttl: 60, hints: []string{"192.0.2.1"}})},
			"192.0.2.1", 0, "resolved a.test svc.test",
		},
		{
			"a reverse name is what the address's owner says",
			[]map[string]any{response("1.2.0.192.in-addr.arpa", rr{owner: "1.2.0.192.in-addr.arpa", kind: "PTR", target: "bank.test", ttl: 60})},
			"192.0.2.1", 0, "not_found ",
		},
		{
			"records in disorder",
			[]map[string]any{response("w.test", a("e.test", "192.0.2.1"), alias("w.test", "e.test"))},
			"192.0.2.1", 0, "resolved w.test e.test",
		},
		{
			"another's record",
			[]map[string]any{response("evil.test", a("evil.test", "192.0.2.9"), a("bank.test", "192.0.2.1"))},
			"192.0.2.1", 0, "not_found ",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			cache := told(t, c.messages...)
			for range 2 { // worked out, and handed out again
				if got := show(cache, box, c.addr, start+c.at); got != c.want {
					t.Errorf("%q, want %q", got, c.want)
				}
			}
		})
	}
}

// Not every message that carries names is believed.
func TestUnbelieved(t *testing.T) {
	good := func() map[string]any { return response("a.test", a("a.test", "192.0.2.1")) }
	with := func(key string, value any) map[string]any {
		m := good()
		m[key] = value
		return m
	}
	question := map[string]any{"name": "a.test", "type": "A", "class": "IN"}
	for name, c := range map[string]struct {
		message any
		counts  Counts
	}{
		"a question":        {with("QR", 0), Counts{}},
		"an error":          {with("responseCode", "non-existent domain"), Counts{}},
		"no answer":         {response("a.test"), Counts{}},
		"no question":       {with("questions", []any{}), Counts{Messages: 1}},
		"two questions":     {with("questions", []any{question, question}), Counts{Messages: 1}},
		"a nameless one":    {with("questions", []any{map[string]any{"name": "."}}), Counts{Messages: 1}},
		"a long one":        {with("questions", []any{map[string]any{"name": strings.Repeat("x", MaxText+1)}}), Counts{Messages: 1}},
		"questions of none": {with("questions", nil), Counts{Messages: 1}},
		"no object":         {[]any{1}, Counts{Messages: 1}},
		"another's":         {response("b.test", a("a.test", "192.0.2.1")), Counts{Unrelated: 1}},
		"no address":        {response("a.test", a("a.test", "192.0.2.1.7")), Counts{Records: 1}},
		"a long alias":      {response("a.test", alias("a.test", strings.Repeat("x", MaxText+1))), Counts{Records: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			cache := New(Default())
			cache.Apply(packet(t, box, start, c.message))
			if got := show(cache, box, "192.0.2.1", start); got != "not_found " {
				t.Error(got)
			}
			if got := cache.Counts(); got != c.counts {
				t.Errorf("counts %+v, want %+v", got, c.counts)
			}
		})
	}
	sent := packet(t, box, start, good())
	sent.Values[0] = event.JSON(`{"x":[{"direction":1}],"direction" : 2}`)
	asked := &event.Event{Shape: &event.Shape{Name: "net_packet_dns_request"}, Context: &event.Context{}}
	other := packet(t, box, start, good())
	other.Shape = &event.Shape{Name: "net_packet_dnssec", Args: other.Shape.Args}
	cache := New(Default())
	cache.Apply(other)
	if got := show(cache, box, "192.0.2.1", start); got != "nobody tried" {
		t.Errorf("of an event of another kind: %s", got)
	}
	cache.Apply(asked)
	cache.Apply(sent)
	if got := show(cache, box, "192.0.2.1", start); got != "not_found " || cache.Len() != 0 {
		t.Errorf("of what was sent: %s, %d items", got, cache.Len())
	}
}

// What one was told says nothing about another.
func TestScopes(t *testing.T) {
	c := New(Default())
	scopes := []Scope{box, {Container: "other"}, {NetNS: 1}, {NetNS: 2}}
	for i, s := range scopes {
		name := fmt.Sprintf("n%d.test", i)
		c.Apply(packet(t, s, start, response(name, a(name, "192.0.2.1"))))
	}
	for i, s := range scopes {
		if got, want := show(c, s, "192.0.2.1", start), fmt.Sprintf("resolved n%d.test", i); got != want {
			t.Errorf("%+v: %q, want %q", s, got, want)
		}
	}
	if got := show(c, Scope{NetNS: 3}, "192.0.2.1", start); got != "not_found " {
		t.Error(got)
	}
	// In a container the network does not matter.
	e := packet(t, Scope{Container: "other", NetNS: 9}, start, response("x.test", a("x.test", "192.0.2.2")))
	c.Apply(e)
	if got := show(c, Scope{Container: "other"}, "192.0.2.2", start); got != "resolved x.test" {
		t.Error(got)
	}
}

// A name that is told again is judged by each time that it was told.
func TestToldAgain(t *testing.T) {
	c := New(Default())
	m := response("a.test", a("a.test", "192.0.2.1").valid(60))
	tell := func(at int64) { c.Apply(packet(t, box, start+at*second, m)) }
	check := func(at int64, want string) {
		t.Helper()
		if got := show(c, box, "192.0.2.1", start+at*second); got != want {
			t.Errorf("at %d: %q, want %q", at, got, want)
		}
	}
	tell(100)
	check(99, "not_found ")
	check(100, "resolved a.test")
	tell(130) // still holds: longer
	check(190, "resolved a.test")
	check(191, "stale a.test")
	tell(80) // came late: earlier
	check(80, "resolved a.test")
	tell(1000) // anew
	check(1000, "resolved a.test")
	check(999, "stale a.test")
	tell(10) // too late to matter, but it was told
	check(20, "stale a.test")
	check(1060, "resolved a.test")
	check(1061, "stale a.test")
}

// Events without an address cost a look, those with one the same answer again.
func TestResolve(t *testing.T) {
	sockaddr := event.Map("sa_family", "AF_INET", "sin_port", "443", "sin_addr", "192.0.2.1")
	of := func(name string, args ...any) *event.Event {
		e := &event.Event{Time: start, Shape: &event.Shape{Name: name}, Context: &event.Context{Container: event.Container{ID: box.Container}}}
		for i := 0; i < len(args); i += 2 {
			e.Shape.Args = append(e.Shape.Args, event.ArgSpec{Name: args[i].(string)})
			e.Values = append(e.Values, args[i+1].(event.Value))
		}
		return e
	}
	none := event.Value{}
	for _, c := range []struct {
		e    *event.Event
		want bool
	}{
		{of("connect", "sockfd", event.Int(3), "addr", sockaddr), true},
		{of("security_socket_connect", "remote_addr", sockaddr), true},
		{of("sendto", "dest_addr", none, "remote_addr", sockaddr), true},
		{of("sendmsg", "msg_name", sockaddr, "remote_addr", none), true},
		{of("sendmmsg", "msg_name", sockaddr), true},
		{of("recvfrom", "src_addr", sockaddr), true},
		{of("recvmsg", "msg_name", sockaddr), true},
		{of("accept", "addr", none, "remote_addr", sockaddr), true},
		{of("accept4", "remote_addr", sockaddr), true},
		{of("socket_dup", "remote_addr", sockaddr), true},
		{of("net_tcp_connect", "dst", event.String("192.0.2.1")), true},
		{of("connect", "addr", event.Map("sa_family", "AF_UNIX", "sun_path", "/x")), false},
		{of("connect", "addr", none), false},
		{of("connect"), false},
		{of("bind", "addr", sockaddr), false},
		{of("openat", "remote_addr", sockaddr), false},
	} {
		cache := told(t, response("a.test", a("a.test", "192.0.2.1")))
		cache.Resolve(c.e)
		if got := c.e.DNS != nil; got != c.want {
			t.Errorf("%s: %v, want %v", c.e.Name(), got, c.want)
		}
		if first := c.e.DNS; c.want {
			c.e.DNS = nil
			if cache.Resolve(c.e); c.e.DNS != first {
				t.Errorf("%s: not the same answer again", c.e.Name())
			}
		}
	}
	e := of("connect", "addr", sockaddr)
	if New(Default()).Resolve(e); e.DNS != nil {
		t.Error("names where DNS is not observed")
	}
	e.DNS = &event.DNS{Status: event.StatusLost}
	if told(t, response("a.test", a("a.test", "192.0.2.1"))).Resolve(e); e.DNS.Status != event.StatusLost {
		t.Error("what an imported event knows was replaced")
	}
}

func TestLimits(t *testing.T) {
	if err := Default().Validate(); err != nil {
		t.Error(err)
	}
	for _, l := range []Limits{{}, {Bytes: 64<<10 - 1, Keep: time.Hour}, {Bytes: 1 << 20, Keep: -1}} {
		if l.Validate() == nil {
			t.Errorf("%+v is fine", l)
		}
	}
}
