package collector

import (
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
)

// Whatever keeps the broker away: all events arrive, in order, once, and the
// outage is told once when it begins and once when it ends.
func TestOutages(t *testing.T) {
	for _, c := range []struct {
		name       string
		begin, end func(t *testing.T, p *bustest.Process, net *bustest.Proxy, admin *bus.Conn)
	}{
		{
			"stopped",
			func(t *testing.T, p *bustest.Process, _ *bustest.Proxy, _ *bus.Conn) { p.Stop(t) },
			func(t *testing.T, p *bustest.Process, _ *bustest.Proxy, _ *bus.Conn) { p.Start(t) },
		},
		{
			"killed",
			func(t *testing.T, p *bustest.Process, _ *bustest.Proxy, _ *bus.Conn) { p.Kill(t) },
			func(t *testing.T, p *bustest.Process, _ *bustest.Proxy, _ *bus.Conn) { p.Start(t) },
		},
		{
			"hung",
			func(t *testing.T, p *bustest.Process, _ *bustest.Proxy, _ *bus.Conn) { p.Pause(t) },
			func(t *testing.T, p *bustest.Process, _ *bustest.Proxy, _ *bus.Conn) { p.Resume(t) },
		},
		{
			"partitioned",
			func(_ *testing.T, _ *bustest.Process, net *bustest.Proxy, _ *bus.Conn) { net.Hold() },
			func(_ *testing.T, _ *bustest.Process, net *bustest.Proxy, _ *bus.Conn) { net.Cut(); net.Heal() },
		},
		{
			"late",
			func(_ *testing.T, _ *bustest.Process, net *bustest.Proxy, _ *bus.Conn) { net.Hold() },
			func(_ *testing.T, _ *bustest.Process, net *bustest.Proxy, _ *bus.Conn) { net.Heal() },
		},
		{
			"answers lost",
			func(_ *testing.T, _ *bustest.Process, net *bustest.Proxy, _ *bus.Conn) { net.Deafen() },
			func(_ *testing.T, _ *bustest.Process, net *bustest.Proxy, _ *bus.Conn) { net.Cut(); net.Heal() },
		},
		{
			"full",
			func(t *testing.T, _ *bustest.Process, _ *bustest.Proxy, admin *bus.Conn) {
				bustest.Limit(t, admin, bus.StreamRaw, 8<<10)
			},
			func(t *testing.T, _ *bustest.Process, _ *bustest.Proxy, admin *bus.Conn) {
				bustest.Limit(t, admin, bus.StreamRaw, 64<<20)
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, admin := spawn(t)
			net := bustest.NewProxy(t, p.URL)
			s := openSpool(t, t.TempDir(), 64<<20)
			n := start(t, bustest.Dial(t, net.URL), s, nil)
			n.give(0, 1000, 0)
			c.begin(t, p, net, admin)
			n.give(1000, 3000, 10*time.Millisecond)
			until(t, "batches wait on disk", func() bool { _, events := s.Waiting(); return events > 1000 })
			if n.troubles.last() == "" {
				t.Error("health says nothing")
			}
			c.end(t, p, net, admin)
			n.give(3000, 4000, 5*time.Millisecond)
			until(t, "health is well again", func() bool { return n.troubles.last() == "" })
			if err := n.end(false); err != nil {
				t.Fatal(err)
			}
			if begun, over := n.log.count("they go to disk"), n.log.count("takes batches again"); begun != 1 || over != 1 {
				t.Errorf("the outage is told %d and %d times:\n%s", begun, over, n.log.buf.String())
			}
			got := read(t, admin)
			got.check(t, 4000)
			if got.missing() != 0 || s.Used() != 0 {
				t.Errorf("lost %v, %d bytes on disk", got.lost, s.Used())
			}
		})
	}
}

// A batch whose acknowledgement was lost is not stored again, however long the
// broker's memory of ids is over.
func TestAcknowledgementLost(t *testing.T) {
	for _, c := range []struct {
		name   string
		spool  bool
		can    bool
		copies int
	}{
		{"with a spool", true, true, 1},
		{"in memory", false, true, 1},
		// What the test is about: without asking there would be two.
		{"without asking", true, false, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, admin := spawn(t)
			bustest.Window(t, admin, bus.StreamRaw, 100*time.Millisecond)
			net := bustest.NewProxy(t, p.URL)
			conn := bustest.Dial(t, net.URL)
			var to Publisher = conn
			if !c.can {
				to = struct{ Publisher }{conn}
			}
			var n *node
			if c.spool {
				n = start(t, to, openSpool(t, t.TempDir(), 64<<20), nil)
			} else {
				n = start(t, to, nil, func(c *Config) { c.attempt = 50 * time.Millisecond })
			}
			net.Deafen()
			n.give(0, 1, 0)
			until(t, "the broker has it", func() bool {
				usage, err := admin.Usage(t.Context(), bus.StreamRaw)
				return err == nil && usage.Messages == 1
			})
			// Nothing reaches the broker until it has forgotten the id.
			net.Hold()
			time.Sleep(time.Second)
			net.Cut()
			net.Heal()
			n.give(1, 3, 0)
			if err := n.end(false); err != nil {
				t.Fatal(err)
			}
			got := read(t, admin)
			copies := 0
			for _, i := range got.numbers {
				if i == 0 {
					copies++
				}
			}
			if copies != c.copies || len(got.numbers) != 2+c.copies {
				t.Errorf("%d copies, %v", copies, got.numbers)
			}
		})
	}
}
