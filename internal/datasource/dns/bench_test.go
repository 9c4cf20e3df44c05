package dns

import (
	"encoding/json"
	"fmt"
	"syscall"
	"testing"

	"github.com/weirsec/weir/schemas/event"
)

// processor reports the processor time that an operation takes: on a machine with
// others at work it says more than the clock. It is called before the loop, what
// it returns after.
func processor(b *testing.B) func() {
	b.ReportAllocs()
	used := func() int64 {
		var use syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
			b.Fatal(err)
		}
		return use.Utime.Nano() + use.Stime.Nano()
	}
	before := used()
	return func() { b.ReportMetric(float64(used()-before)/float64(b.N), "cpu-ns/op") }
}

// busy is a cache of a node with many containers, and who was told.
func busy(b *testing.B) (*Cache, []Scope) {
	b.Helper()
	c := New(Default())
	var scopes []Scope
	for i := range 100 {
		s := Scope{Container: fmt.Sprintf("%064x", i)}
		scopes = append(scopes, s)
		for j := range 20 {
			name := fmt.Sprintf("svc-%d.example.com", j)
			c.Apply(packet(b, s, start, response(name, alias(name, "lb."+name), a("lb."+name, fmt.Sprintf("10.0.1.%d", j)))))
		}
	}
	return c, scopes
}

// benchResponse is what net_packet_dns_response says of an alias and an address.
const benchResponse = `[{"query_data":{"query":"svc-3.example.com","query_type":"A","query_class":"IN"},"dns_answer":[` +
	`{"answer_type":"CNAME","ttl":300,"answer":"lb.svc-3.example.com"},` +
	`{"answer_type":"A","ttl":300,"answer":"10.0.1.3","name":"lb.svc-3.example.com"}]}]`

// BenchmarkApply learns a response of an alias and an address: one that a
// container gets time and again, and one with names that were never heard of, for
// which others are evicted.
func BenchmarkApply(b *testing.B) {
	text, err := json.Marshal(response("svc-3.example.com", alias("svc-3.example.com", "lb.svc-3.example.com"), a("lb.svc-3.example.com", "10.0.1.3")))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("packet", func(b *testing.B) {
		c, scopes := busy(b)
		e := packetOf(scopes[7], start, string(text))
		done := processor(b)
		for b.Loop() {
			e.Time += 1000
			c.Apply(e)
		}
		done()
	})
	responseOf := func(s Scope, text string) *event.Event {
		e := packetOf(s, start, text)
		e.Shape = &event.Shape{Name: "net_packet_dns_response", Args: []event.ArgSpec{{Name: "metadata"}, {Name: "dns_response"}}}
		return e
	}
	b.Run("response", func(b *testing.B) {
		c, scopes := busy(b)
		e := responseOf(scopes[7], benchResponse)
		done := processor(b)
		for b.Loop() {
			e.Time += 1000
			c.Apply(e)
		}
		done()
	})
	b.Run("new", func(b *testing.B) {
		c, scopes := busy(b)
		var events []*event.Event
		for i := range 50_000 {
			events = append(events, responseOf(scopes[i%100], fmt.Sprintf(`[{"query_data":{"query":"n%d.test"},"dns_answer":[{"answer_type":"A","ttl":60,"answer":"10.%d.%d.%d"}]}]`, i, i>>16, i>>8&255, i&255)))
		}
		i := 0
		done := processor(b)
		for b.Loop() {
			c.Apply(events[i])
			i = (i + 1) % len(events)
		}
		done()
	})
	b.Run("other", func(b *testing.B) {
		c, _ := busy(b)
		e := &event.Event{Shape: &event.Shape{Name: "security_file_open"}}
		done := processor(b)
		for b.Loop() {
			c.Apply(e)
		}
		done()
	})
}

// BenchmarkResolve looks the names of an address up, known or not, and looks at
// an event that has none.
func BenchmarkResolve(b *testing.B) {
	c, scopes := busy(b)
	events := func(name, ip string) []*event.Event {
		var all []*event.Event
		for _, s := range scopes {
			all = append(all, &event.Event{
				Time: start + second, Context: &event.Context{Container: event.Container{ID: s.Container}},
				Shape:  &event.Shape{Name: name, Args: []event.ArgSpec{{Name: "sockfd"}, {Name: "type"}, {Name: "remote_addr"}}},
				Values: []event.Value{event.Int(3), event.Int(1), event.Map("sa_family", "AF_INET", "sin_port", "443", "sin_addr", ip)},
			})
		}
		return all
	}
	for label, all := range map[string][]*event.Event{
		"told": events("security_socket_connect", "10.0.1.7"), "not-told": events("security_socket_connect", "10.9.9.9"),
		"no-address": events("security_file_open", "10.0.1.7"),
	} {
		b.Run(label, func(b *testing.B) {
			i := 0
			done := processor(b)
			for b.Loop() {
				e := all[i]
				e.DNS = nil
				c.Resolve(e)
				i = (i + 1) % len(all)
			}
			done()
		})
	}
}

// BenchmarkState is a checkpoint of the names of a busy node, as bytes.
func BenchmarkState(b *testing.B) {
	c, _ := busy(b)
	done := processor(b)
	for b.Loop() {
		if _, err := c.State().MarshalVT(); err != nil {
			b.Fatal(err)
		}
	}
	done()
}
