package dns

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/event"
)

// start is when everything begins, in Unix nanoseconds.
const start = int64(1_700_000_000_000_000_000)

const second = int64(time.Second)

// box is the scope that most is told to.
var box = Scope{Container: strings.Repeat("c", 64)}

// rr is a record of an answer.
type rr struct {
	owner, kind, target string
	ttl                 int
	hints               []string
}

func a(owner, ip string) rr     { return rr{owner: owner, kind: "A", target: ip, ttl: 300} }
func alias(owner, to string) rr { return rr{owner: owner, kind: "CNAME", target: to, ttl: 300} }

// valid is for so many seconds.
func (r rr) valid(seconds int) rr {
	r.ttl = seconds
	return r
}

// document is the record as a resource of trace.ProtoDNS.
func (r rr) document() map[string]any {
	d := map[string]any{
		"name": r.owner, "type": r.kind, "class": "IN", "TTL": r.ttl, "IP": "", "NS": "", "CNAME": "", "PTR": "",
		"TXTs": []string{}, "SOA": map[string]any{"MName": "", "serial": 0}, "OPT": []any{}, "TXT": "",
		"SRV": map[string]any{"priority": 0, "weight": 0, "port": 0, "name": ""},
		"MX":  map[string]any{"preference": 0, "name": ""},
		"URI": map[string]any{"priority": 0, "weight": 0, "target": ""},
	}
	switch r.kind {
	case "A", "AAAA":
		d["IP"] = r.target
	case "SRV", "MX":
		d[r.kind] = map[string]any{"name": r.target}
	case "HTTPS", "SVCB":
		d["SVCB"] = map[string]any{"priority": 1, "target": r.target, "port": 0, "alpn": []string{"h2"}, "IPs": r.hints}
	default:
		d[r.kind] = r.target
	}
	return d
}

// response is a message with one question and an answer.
func response(question string, records ...rr) map[string]any {
	answers := []any{}
	for _, r := range records {
		answers = append(answers, r.document())
	}
	return map[string]any{
		"ID": 7, "QR": 1, "opCode": "query", "responseCode": "no error", "QDCount": 1, "ANCount": len(records),
		"questions":   []any{map[string]any{"name": question, "type": "A", "class": "IN"}},
		"answers":     answers,
		"authorities": []any{}, "additionals": []any{},
	}
}

// packet is the event of a message.
func packet(t testing.TB, scope Scope, at int64, message any) *event.Event {
	t.Helper()
	text, err := json.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	return packetOf(scope, at, string(text))
}

func packetOf(scope Scope, at int64, message string) *event.Event {
	return &event.Event{
		Time: at, Context: &event.Context{Container: event.Container{ID: scope.Container}, NetNS: scope.NetNS},
		Shape:  &event.Shape{Name: "net_packet_dns", Args: []event.ArgSpec{{Name: "metadata"}, {Name: "proto_dns", Type: "trace.ProtoDNS"}}},
		Values: []event.Value{event.JSON(`{"direction":1}`), event.JSON(message)},
	}
}

// told is a cache that was told something in box, at start.
func told(t testing.TB, messages ...map[string]any) *Cache {
	t.Helper()
	c := New(Default())
	for _, m := range messages {
		c.Apply(packet(t, box, start, m))
	}
	return c
}

// show is what an event shows of an address, in one text.
func show(c *Cache, scope Scope, addr string, at int64) string {
	d := c.Names(scope, addr, at)
	if d == nil {
		return "nobody tried"
	}
	return d.Status.String() + " " + strings.Join(d.Names, " ")
}

// get is an answer of Get in one text: root, names, addresses, status.
func get(c *Cache, scope Scope, k any, at int64) string {
	found, status, err := c.Get(scope, k, at)
	if err != nil {
		return status.String() + ": " + err.Error()
	}
	list := func(key string) string {
		texts := slices.Clone(found[key].([]string))
		slices.Sort(texts)
		return strings.Join(texts, ",")
	}
	return status.String() + " " + found["dns_root"].(string) + ": " + list("dns_queries") + " / " + list("ip_addresses")
}
