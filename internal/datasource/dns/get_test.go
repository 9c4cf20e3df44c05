package dns

import (
	"errors"
	"slices"
	"testing"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

func TestGet(t *testing.T) {
	const notFound = "requested data was not found"
	chain := response("www.test", alias("www.test", "e.test").valid(60), a("e.test", "192.0.2.1"), a("e.test", "192.0.2.2"))
	reverse := func(kind string) map[string]any {
		name := map[string]string{"4": "1.2.0.192.in-addr.arpa", "6": "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"}[kind]
		return response(name, rr{owner: name, kind: "PTR", target: "host.test", ttl: 60})
	}
	for _, c := range []struct {
		name     string
		messages []map[string]any
		key      any
		at       int64
		want     string
	}{
		{"the name in question", []map[string]any{chain}, "www.test", 0, "resolved www.test: e.test,www.test / 192.0.2.1,192.0.2.2"},
		{"case and dot", []map[string]any{chain}, "WWW.test.", 0, "resolved www.test: e.test,www.test / 192.0.2.1,192.0.2.2"},
		{"the alias", []map[string]any{chain}, "e.test", 0, "resolved www.test: e.test,www.test / 192.0.2.1,192.0.2.2"},
		{"an address", []map[string]any{chain}, "192.0.2.2", 0, "resolved www.test: e.test,www.test / 192.0.2.2"},
		{"an address in IPv6", []map[string]any{chain}, "::ffff:192.0.2.2", 0, "resolved www.test: e.test,www.test / 192.0.2.2"},
		{"its reverse name", []map[string]any{chain}, "2.2.0.192.IN-ADDR.ARPA.", 0, "resolved www.test: e.test,www.test / 192.0.2.2"},
		{"after the alias", []map[string]any{chain}, "www.test", 61 * second, "stale www.test: e.test,www.test / "},
		{"the alias after its end", []map[string]any{chain}, "e.test", 61 * second, "stale: " + notFound},
		{"an address after the alias", []map[string]any{chain}, "192.0.2.1", 61 * second, "resolved www.test: e.test,www.test / 192.0.2.1"},
		{"after everything", []map[string]any{chain}, "192.0.2.1", 301 * second, "stale: " + notFound},
		{"before", []map[string]any{chain}, "www.test", -1, "not_found: " + notFound},
		{"another", []map[string]any{chain}, "other.test", 0, "not_found: " + notFound},
		{"nothing", []map[string]any{chain}, "", 0, "not_found: " + notFound},
		{"nothing was seen", nil, "www.test", 0, ": " + notFound},
		{"no text", []map[string]any{chain}, []byte("www.test"), 0, ": queried key is not supported"},
		{"a pointer", []map[string]any{chain}, new(string), 0, ": queried key is not supported"},
		{"nil", []map[string]any{chain}, nil, 0, ": queried key is not supported"},
		{"a reverse look-up", []map[string]any{reverse("4")}, "192.0.2.1", 0, "resolved 1.2.0.192.in-addr.arpa: 1.2.0.192.in-addr.arpa,host.test / 192.0.2.1"},
		{"by its name", []map[string]any{reverse("4")}, "1.2.0.192.in-addr.arpa", 0, "resolved 1.2.0.192.in-addr.arpa: 1.2.0.192.in-addr.arpa,host.test / 192.0.2.1"},
		{"by the host", []map[string]any{reverse("4")}, "host.test", 0, "resolved 1.2.0.192.in-addr.arpa: 1.2.0.192.in-addr.arpa,host.test / 192.0.2.1"},
		{"of IPv6", []map[string]any{reverse("6")}, "2001:db8::1", 0, "resolved 1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa: 1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa,host.test / 2001:db8::1"},
		{
			"a delegated reverse zone",
			[]map[string]any{response("1.2.0.192.in-addr.arpa", alias("1.2.0.192.in-addr.arpa", "1.0-25.2.0.192.in-addr.arpa"),
				rr{owner: "1.0-25.2.0.192.in-addr.arpa", kind: "PTR", target: "host.test", ttl: 60})},
			"192.0.2.1", 0, "resolved 1.2.0.192.in-addr.arpa: 1.0-25.2.0.192.in-addr.arpa,1.2.0.192.in-addr.arpa,host.test / 192.0.2.1",
		},
		{
			"a list of services",
			[]map[string]any{response("_http._tcp.test", rr{owner: "_http._tcp.test", kind: "PTR", target: "web._http._tcp.test", ttl: 60})},
			"_http._tcp.test", 0, "resolved _http._tcp.test: _http._tcp.test,web._http._tcp.test / ",
		},
		{
			"forward and reverse",
			[]map[string]any{reverse("4"), response("host.test", a("host.test", "192.0.2.1"))},
			"192.0.2.1", 0, "resolved host.test: 1.2.0.192.in-addr.arpa,host.test / 192.0.2.1",
		},
		{
			"a circle of aliases",
			[]map[string]any{response("a.test", alias("a.test", "b.test"), alias("b.test", "a.test"))},
			"b.test", 0, "resolved a.test: a.test,b.test / ",
		},
		{
			"an alias of itself",
			[]map[string]any{response("a.test", alias("a.test", "a.test"), a("a.test", "192.0.2.1"))},
			"a.test", 0, "resolved a.test: a.test / 192.0.2.1",
		},
		{
			"no records of use",
			[]map[string]any{response("a.test", rr{owner: "a.test", kind: "TXT", target: "v=spf1", ttl: 60})},
			"a.test", 0, "stale a.test: a.test / ",
		},
		{
			"a name that looks like an address",
			[]map[string]any{response("198.51.100.1", a("198.51.100.1", "192.0.2.1"))},
			"192.0.2.1", 0, "resolved 198.51.100.1:  / 192.0.2.1,198.51.100.1",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := get(told(t, c.messages...), box, c.key, start+c.at); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

// What is found comes before what it leads to, and lists are never nil.
func TestGetOrder(t *testing.T) {
	c := told(t, response("a.test", alias("a.test", "b.test"), alias("b.test", "c.test")))
	found, _, err := c.Get(box, "b.test", start)
	if err != nil {
		t.Fatal(err)
	}
	if got := found["dns_queries"].([]string); !slices.Equal(got, []string{"a.test", "b.test", "c.test"}) {
		t.Errorf("got %q", got)
	}
	if list, ok := found["ip_addresses"].([]string); !ok || list == nil || len(found) != 3 {
		t.Errorf("got %v", found)
	}
}

// What was forgotten for want of memory is lost, what has expired is not.
func TestGetForgotten(t *testing.T) {
	c := New(Limits{Bytes: 64 << 10, Keep: 60 * 1e9})
	c.Apply(packet(t, box, start, response("first.test", a("first.test", "192.0.2.1"))))
	c.Apply(packet(t, box, start, response("short.test", a("short.test", "192.0.2.2").valid(30))))
	c.Advance(start + 91*second)
	for _, k := range []string{"short.test", "192.0.2.2"} {
		if _, status, err := c.Get(box, k, start+91*second); status != event.StatusNotFound || !errors.Is(err, sdk.ErrDataNotFound) {
			t.Errorf("%s is %v, %v", k, status, err)
		}
	}
	if c.Counts().Evicted != 0 {
		t.Error("what had expired counts as evicted")
	}
	fill(t, c, 200)
	for _, k := range []string{"first.test", "192.0.2.1", "1.2.0.192.in-addr.arpa"} {
		if _, status, err := c.Get(box, k, start); status != event.StatusLost || !errors.Is(err, sdk.ErrDataNotFound) {
			t.Errorf("%s is %v, %v", k, status, err)
		}
	}
	if got := show(c, box, "192.0.2.1", start); got != "lost " {
		t.Error(got)
	}
}
