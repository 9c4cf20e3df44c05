package enricher

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/statepb"
)

// whole is a handler's checkpoint, with its maps in order.
func whole(t *testing.T, h stage.Handler) []byte {
	t.Helper()
	var saved statepb.Enricher
	if err := saved.UnmarshalVT(checkpoint(t, h)); err != nil {
		t.Fatal(err)
	}
	text, err := proto.MarshalOptions{Deterministic: true}.Marshal(&saved)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// mortal is an enricher that takes a checkpoint now and then, is killed now and
// then, and sees again what came after the checkpoint.
type mortal struct {
	t      *testing.T
	rig    *rig
	change func(*Config)
	saved  []byte
	since  []stage.Message
	told   [][]stage.Output
}

func (m *mortal) handle(in stage.Message) []stage.Output {
	m.t.Helper()
	out, err := m.rig.handler.Handle(context.Background(), in)
	if err != nil {
		m.t.Fatal(err)
	}
	m.since, m.told = append(m.since, in), append(m.told, out)
	return out
}

func (m *mortal) save() {
	m.saved, m.since, m.told = checkpoint(m.t, m.rig.handler), nil, nil
}

// kill has another take its place, which must make the same of what came since.
func (m *mortal) kill() {
	m.t.Helper()
	m.rig = newRig(m.t, m.change)
	restore(m.t, m.rig.handler, m.saved)
	for i, in := range m.since {
		in.Replayed = true
		out, err := m.rig.handler.Handle(context.Background(), in)
		if err != nil {
			m.t.Fatal(err)
		}
		if !sameOutputs(out, m.told[i]) {
			m.t.Fatalf("message %s becomes something else when it is replayed", in.ID)
		}
	}
}

// Whenever the enricher is killed, what it knows afterwards is what it had known
// without that, to the byte: processes, containers, names, what is held and the
// accounts. What it publishes is the same too, once each.
func TestKilledAnywhere(t *testing.T) {
	seeds, kills, held, named := uint64(30), 0, int64(0), 0
	for seed := range seeds {
		r := rand.New(rand.NewPCG(seed, 6))
		change := func(c *Config) {
			if seed%3 == 1 { // so little that much is forgotten
				c.Processes.Bytes, c.DNS.Bytes, c.HoldBytes = 256<<10, 64<<10, 64<<10
			}
			if seed%5 == 0 {
				c.Nodes = 2
			}
		}
		crowds := []*crowd{newCrowd(r, "web-1"), newCrowd(r, "web-2"), newCrowd(r, "web-3")}
		steady, m := newRig(t, change), &mortal{t: t, rig: newRig(t, change), change: change}
		ids := map[string]bool{}
		for n := range 120 {
			in := crowds[r.IntN(len(crowds))].message(r.IntN(30)).message(t, uint64(n+1))
			want, err := steady.handler.Handle(context.Background(), in)
			if err != nil {
				t.Fatal(err)
			}
			got := m.handle(in)
			if !sameOutputs(got, want) {
				t.Fatalf("seed %d: message %d becomes something else after a kill", seed, n)
			}
			for _, o := range got {
				if ids[o.ID] {
					t.Fatalf("seed %d: %s twice", seed, o.ID)
				}
				ids[o.ID] = true
				named += bytes.Count(o.Data, []byte(".test"))
			}
			switch r.IntN(8) {
			case 0:
				m.save()
			case 1:
				m.kill()
				kills++
				if a, b := whole(t, steady.handler), whole(t, m.rig.handler); !bytes.Equal(a, b) {
					t.Fatalf("seed %d: after message %d it knows something else: %s", seed, n, different(a, b))
				}
			}
		}
		held += steady.metric("weir.enricher.held", "", "")
	}
	if kills < 200 || held < 500 || named < 500 {
		t.Errorf("%d kills, %d events held, %d names: the feeds are of no use", kills, held, named)
	}
}

// different names the first part of two checkpoints that is not the same.
func different(a, b []byte) string {
	var x, y statepb.Enricher
	if proto.Unmarshal(a, &x) != nil || proto.Unmarshal(b, &y) != nil || len(x.GetNodes()) != len(y.GetNodes()) {
		return fmt.Sprintf("%d and %d nodes", len(x.GetNodes()), len(y.GetNodes()))
	}
	for i, n := range x.GetNodes() {
		o := y.GetNodes()[i]
		for name, same := range map[string]bool{
			"processes": proto.Equal(n.GetProcessTree(), o.GetProcessTree()), "containers": proto.Equal(n.GetContainers(), o.GetContainers()),
			"names": proto.Equal(n.GetDns(), o.GetDns()), "held events": fmt.Sprint(n.GetHeld()) == fmt.Sprint(o.GetHeld()),
		} {
			if !same {
				return name + " of " + n.GetNode()
			}
		}
	}
	return "accounts"
}

// A checkpoint comes from a disk: whatever is in it, there is an error or a
// handler that works.
func FuzzRestore(f *testing.F) {
	r := newRig(f, nil)
	c := newCrowd(rand.New(rand.NewPCG(1, 1)), "web-1")
	for range 6 {
		r.handle(c.message(10))
	}
	saved, err := r.handler.(stage.Keeper).Checkpoint()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(saved)
	f.Add([]byte{8, 1})
	next := c.message(10).message(f, 99)
	f.Fuzz(func(t *testing.T, data []byte) {
		r := newRig(t, nil)
		keeper := r.handler.(stage.Keeper)
		if keeper.Restore(data) != nil {
			return
		}
		if _, err := r.handler.Handle(context.Background(), next); err != nil {
			t.Fatal(err)
		}
		again := checkpoint(t, r.handler)
		if err := keeper.Restore(again); err != nil {
			t.Fatalf("its own checkpoint is refused: %v", err)
		}
	})
}
