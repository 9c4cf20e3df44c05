package enricher

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/record"
)

const randomBoxes = 40

func boxID(n int) string { return fmt.Sprintf("%064x", n+1) }

// script makes messages of two nodes in which containers come, do things, are
// told of sooner, later or never, and go. The last ones say that there is no
// more. It returns how many events they have.
func script(r *rand.Rand) (list []*raw, events int) {
	at, seq := uint64(1000), map[string]uint64{}
	for i := range 60 {
		m := newRaw()
		m.env.Node = []string{"web-1", "web-2"}[r.IntN(2)]
		if i < 2 {
			m.env.Node = []string{"web-1", "web-2"}[i]
			m.told(catalogue.ExistingContainer, at, boxID(99), "first")
		}
		m.env.FirstSeq = seqBase + seq[m.env.Node]
		for range r.IntN(12) {
			at += uint64(r.IntN(60))
			n := r.IntN(randomBoxes)
			k := inBox(uint64(10 + n))
			switch r.IntN(10) {
			case 0, 5:
				m.cgroup(catalogue.CgroupMkdir, at, k.cgroup, "/docker/"+boxID(n))
			case 1:
				m.told(catalogue.ContainerCreate, at, boxID(n), fmt.Sprint("box-", n))
			case 2:
				m.told(catalogue.ContainerRemove, at, boxID(n), fmt.Sprint("box-", n))
			case 3:
				m.cgroup(catalogue.CgroupRmdir, at, k.cgroup, "")
			case 4:
				m.exec(at, k, "/bin/x")
			default:
				// The two rings are read one after the other.
				m.open(at-uint64(r.IntN(30)), k, fmt.Sprintf("/%d-%d", i, at))
			}
		}
		seq[m.env.Node] += uint64(m.env.Count) + 1
		events += int(m.env.Count)
		m.env.MaxTime = bootTime + int64(at*ms)
		list = append(list, m)
	}
	for _, node := range []string{"web-1", "web-2"} {
		m := newRaw()
		m.env.Node, m.env.FirstSeq, m.env.MaxTime = node, seqBase+seq[node], bootTime+int64(at*ms)+int64(record.MaxHold)
		list = append(list, m)
	}
	return list, events
}

// reborn is a handler that knows of another one what its checkpoint has.
func reborn(t *testing.T, old *rig, change func(*Config)) *rig {
	t.Helper()
	r := newRig(t, change)
	r.seq = old.seq
	restore(t, r.handler, checkpoint(t, old.handler))
	return r
}

// Whatever happens, each event comes out once, those of a container in the order
// in which they would have without being held, each message with a name of its
// own; and it is the same whether the enricher dies in between or not.
func TestHoldRandom(t *testing.T) {
	held := int64(0)
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 11))
		messages, events := script(r)
		change := func(c *Config) {
			if seed%3 == 0 {
				c.HoldBytes = 64 << 10
			}
		}
		a, b := newRig(t, change), newRig(t, change)
		plain := newRig(t, func(c *Config) { c.Hold = 0 })
		ids := map[string]bool{}
		got, want := map[string][]uint64{}, map[string][]uint64{}
		for _, m := range messages {
			if r.IntN(4) == 0 {
				b = reborn(t, b, change)
			}
			first, second := a.handle(m), b.handle(m)
			if !sameOutputs(first, second) {
				t.Fatalf("seed %d: message %d becomes something else after a restart", seed, m.env.FirstSeq)
			}
			for _, o := range first {
				if ids[o.ID] {
					t.Fatalf("seed %d: id %s twice", seed, o.ID)
				}
				ids[o.ID] = true
			}
			collect(t, a, first, got)
			collect(t, plain, plain.handle(m), want)
		}
		held += a.metric("weir.enricher.held", "", "")
		n := 0
		for key, list := range want {
			if fmt.Sprint(got[key]) != fmt.Sprint(list) {
				t.Fatalf("seed %d: %s: got %v, want %v", seed, key, got[key], list)
			}
			n += len(list)
		}
		if n != events || len(got) != len(want) {
			t.Fatalf("seed %d: %d of %d events", seed, n, events)
		}
	}
	if held < 500 {
		t.Errorf("only %d events were held: the feeds are of no use", held)
	}
}

func sameOutputs(a, b []stage.Output) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].ID != b[i].ID || a[i].Subject != b[i].Subject || !bytes.Equal(a[i].Data, b[i].Data) {
			return false
		}
	}
	return true
}

// collect adds the numbers of events by node and container. What a status cannot
// be is an error.
func collect(t *testing.T, r *rig, out []stage.Output, into map[string][]uint64) {
	t.Helper()
	for i, b := range r.decode(out) {
		for _, e := range b.Events {
			c := e.Context
			key := c.Node + "/" + c.Container.ID
			into[key] = append(into[key], e.Seq)
			if subject := r.subjectOf(c); out[i].Subject != subject {
				t.Errorf("%s %s in %s, want %s", e.Name(), key, out[i].Subject, subject)
			}
			if known := c.ContainerStatus == event.StatusResolved; c.Container.ID != "" && known != (c.Container.Name != "") && e.Name() != "container_remove" {
				t.Errorf("%s %s is %v with the name %q", e.Name(), key, c.ContainerStatus, c.Container.Name)
			}
		}
	}
}

func (r *rig) subjectOf(c *event.Context) string {
	cfg := Default()
	return cfg.Subject(cfg.Partition(c.Node, c.Container.ID, cfg.Partitions), c.Node)
}
