package dns

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/statepb"
)

// randomMessage is a response about few names and addresses, so that they meet.
func randomMessage(r *rand.Rand) map[string]any {
	name := func() string { return fmt.Sprintf("n%d.test", r.IntN(40)) }
	ip := func() string { return fmt.Sprintf("192.0.2.%d", r.IntN(40)) }
	question := name()
	if r.IntN(8) == 0 {
		question = fmt.Sprintf("%d.2.0.192.in-addr.arpa", r.IntN(40))
	}
	owner := question
	var records []rr
	for range r.IntN(6) {
		one := rr{owner: owner, ttl: r.IntN(400), target: name()}
		switch one.kind = []string{"A", "A", "CNAME", "PTR", "MX", "SRV", "HTTPS", "TXT"}[r.IntN(8)]; one.kind {
		case "A":
			one.target = ip()
		case "CNAME":
			owner = one.target
		case "HTTPS":
			one.hints = []string{ip(), ip()}
		}
		records = append(records, one)
	}
	return response(question, records...)
}

// step does one random thing to caches and compares what they say.
func step(t *testing.T, r *rand.Rand, now int64, caches ...*Cache) {
	t.Helper()
	scope := []Scope{box, {Container: "x"}, {NetNS: 7}}[r.IntN(3)]
	at := now - r.Int64N(60)*second
	message := packet(t, scope, at, randomMessage(r))
	name, ip, advance := fmt.Sprintf("n%d.test", r.IntN(40)), fmt.Sprintf("192.0.2.%d", r.IntN(40)), r.IntN(20) == 0
	var first string
	for i, c := range caches {
		c.Apply(message)
		said := fmt.Sprintln(show(c, scope, ip, at), get(c, scope, name, at), get(c, scope, ip, at), c.Counts(), c.Bytes(), c.Len())
		if advance {
			c.Advance(now)
		}
		if i == 0 {
			first = said
		} else if said != first {
			t.Fatalf("the restored one says\n%s, the original\n%s", said, first)
		}
	}
}

// copied is a cache made of another one's checkpoint, by way of its bytes.
func copied(t *testing.T, c *Cache) *Cache {
	t.Helper()
	data, err := c.State().MarshalVT()
	if err != nil {
		t.Fatal(err)
	}
	var s statepb.DNS
	if err := s.UnmarshalVT(data); err != nil {
		t.Fatal(err)
	}
	other, err := Restore(c.limits, &s)
	if err != nil {
		t.Fatal(err)
	}
	if !proto.Equal(other.State(), c.State()) {
		t.Fatal("the state of the restored one is another")
	}
	check(t, other)
	return other
}

// Whatever was learnt before and comes after a checkpoint: who was restored from
// it answers and learns alike.
func TestRestoredGoesOnAlike(t *testing.T) {
	for seed := range uint64(15) {
		r := rand.New(rand.NewPCG(seed, 1))
		c := New(Limits{Bytes: 8 << 10 << r.IntN(6), Keep: time.Duration(r.IntN(600)) * time.Second})
		now := start
		for range r.IntN(300) {
			now += r.Int64N(20) * second
			step(t, r, now, c)
		}
		other := copied(t, c)
		for range 200 {
			now += r.Int64N(20) * second
			step(t, r, now, c, other)
		}
		check(t, c)
		check(t, other)
		if !proto.Equal(other.State(), c.State()) {
			t.Fatalf("seed %d: the states differ in the end", seed)
		}
	}
}

func TestRestoreRefuses(t *testing.T) {
	whole := func() *statepb.DNS {
		c := told(t, response("a.test", alias("a.test", "b.test"), a("b.test", "192.0.2.1")))
		return c.State()
	}
	if _, err := Restore(Default(), whole()); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(s *statepb.DNS)
		want   string
	}{
		"version":        {func(s *statepb.DNS) { s.Version = 2 }, "layout version 2, this program knows 1"},
		"scope":          {func(s *statepb.DNS) { s.Names[0].Scope = 1 }, "name 0 of 3: scope 1 of 1"},
		"no text":        {func(s *statepb.DNS) { s.Names[1].Text = nil }, "a text of 0 bytes"},
		"a long text":    {func(s *statepb.DNS) { s.Names[1].Text = make([]byte, MaxText+1) }, "a text of 766 bytes"},
		"a long root":    {func(s *statepb.DNS) { s.Names[1].Root = make([]byte, MaxText+1) }, "a root of 766 bytes"},
		"twice":          {func(s *statepb.DNS) { s.Names[1].Text = s.Names[0].Text }, "twice"},
		"a parent":       {func(s *statepb.DNS) { s.Names[1].Up[0].FromName = 3 }, "no such name"},
		"its own parent": {func(s *statepb.DNS) { s.Names[1].Up[0].FromName = 1 }, "circular"},
		"two links":      {func(s *statepb.DNS) { s.Names[1].Up = append(s.Names[1].Up, s.Names[1].Up[0]) }, "second"},
		"times":          {func(s *statepb.DNS) { s.Names[1].Up[0].Until = 0 }, "held from"},
		"one end":        {func(s *statepb.DNS) { s.Names[0].Down = nil }, "one end only"},
		"the other end":  {func(s *statepb.DNS) { s.Names[2].Down = []uint32{0} }, "does not know"},
		"far away":       {func(s *statepb.DNS) { s.Names[2].Down = []uint32{1 << 30} }, "does not know"},
		"many links":     {func(s *statepb.DNS) { s.Names[0].Down = make([]uint32, MaxLinks+1) }, "129 links"},
		"another scope": {func(s *statepb.DNS) {
			s.Scopes = append(s.Scopes, &statepb.DNSScope{NetNs: 4})
			s.Names[1].Scope = 1
		}, "another scope"},
		"a ghost": {func(s *statepb.DNS) { s.Ghosts = []*statepb.DNSGhost{{Scope: 9, Text: []byte("x")}} }, "ghost 0 of 1: scope 9"},
	} {
		t.Run(name, func(t *testing.T) {
			s := whole()
			c.change(s)
			if _, err := Restore(Default(), s); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	if _, err := Restore(Default(), nil); err == nil {
		t.Error("nothing was restored")
	}
}

// Bytes that are no checkpoint are an error, or make a cache that is sound.
func FuzzRestore(f *testing.F) {
	c := New(Default())
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 60 {
		c.Apply(packet(f, box, start+int64(i)*second, randomMessage(r)))
	}
	data, err := c.State().MarshalVT()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte("\x08\x01"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var s statepb.DNS
		if s.UnmarshalVT(data) != nil {
			return
		}
		c, err := Restore(Limits{Bytes: 64 << 10}, &s)
		if err != nil {
			return
		}
		check(t, c)
		c.Apply(packet(t, box, start, response("a.test", a("a.test", "192.0.2.1"))))
		if got := show(c, box, "192.0.2.1", start); !strings.HasPrefix(got, "resolved a.test") && event.MaxNames > 0 {
			t.Fatal(got)
		}
		c.Advance(start + 1<<50)
		check(t, c)
	})
}
