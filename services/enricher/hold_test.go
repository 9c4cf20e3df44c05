package enricher

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/record"
)

// inBox is a process in the container of a cgroup.
func inBox(cgroup uint64) *task {
	k := initd.child(int32(200+cgroup), 300)
	k.cgroup = cgroup
	return k
}

// next makes a message that comes after others.
func next(n uint64) *raw {
	m := newRaw()
	m.env.FirstSeq += 100 * n
	return m
}

// paths lists the opens of outputs as "path status name", in their order, by
// container; "" is the host.
func (r *rig) paths(out []stage.Output) map[string][]string {
	r.t.Helper()
	list := map[string][]string{}
	for _, b := range r.decode(out) {
		for _, e := range b.Events {
			if path, ok := e.Arg("pathname"); ok && e.Name() == "openat" {
				c := e.Context
				list[c.Container.ID] = append(list[c.Container.ID], strings.TrimSpace(fmt.Sprint(path.Text(), " ", c.ContainerStatus, " ", c.Container.Name)))
			}
		}
	}
	return list
}

// begin tells of a runtime that is read, and of a cgroup of a container that it
// has not told of.
func begin(r *rig) {
	r.t.Helper()
	r.handle(next(0).told(catalogue.ExistingContainer, 1, idB, "other").
		cgroup(catalogue.ExistingCgroup, 1, 8, "/docker/"+idB).cgroup(catalogue.CgroupMkdir, 1, 7, "/docker/"+idA))
}

func expect(t *testing.T, got map[string][]string, id string, want ...string) {
	t.Helper()
	if !slices.Equal(got[id], want) {
		t.Errorf("%.4s: got %q, want %q", id, got[id], want)
	}
}

// What happens to events that wait, and why they go on.
func TestHold(t *testing.T) {
	app, other := inBox(7), inBox(8)
	tests := []struct {
		name string
		// last is the message after the one in which events are held.
		last   *raw
		want   []string
		reason string
	}{
		{
			"told", next(2).open(600, app, "/c").told(catalogue.ContainerCreate, 601, idA, "web").open(602, app, "/d"),
			[]string{"/a resolved web", "/b resolved web", "/c resolved web", "/d resolved web"},
			releasedTold,
		},
		{"time", next(2).open(1000, app, "/c"), []string{"/a pending", "/b pending", "/c pending"}, releasedTime},
		{"time of another", next(2).open(1000, other, "/x"), []string{"/a pending", "/b pending"}, releasedTime},
		{"not yet", next(2).open(999, app, "/c"), nil, ""},
		{
			"removed", next(2).open(600, app, "/c").told(catalogue.ContainerRemove, 601, idA, "web").open(602, app, "/d"),
			[]string{"/a pending", "/b pending", "/c pending", "/d pending"},
			releasedRemoved,
		},
		{"another is told", next(2).told(catalogue.ContainerCreate, 601, idB, "other"), nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, nil)
			begin(r)
			got := r.paths(r.handle(next(1).open(500, app, "/a").open(510, app, "/b").open(510, other, "/x")))
			expect(t, got, idA)
			expect(t, got, idB, "/x resolved other")
			got = r.paths(r.handle(tt.last))
			expect(t, got, idA, tt.want...)
			held := r.metric("weir.enricher.held", "", "")
			if tt.reason != "" && r.metric("weir.enricher.released", "reason", tt.reason) != held || held < 2 {
				t.Errorf("%d held, %d of them released for %q", held, r.metric("weir.enricher.released", "reason", tt.reason), tt.reason)
			}
			if n := r.metric("weir.enricher.events", "", ""); n < 6 {
				t.Errorf("counted %d events", n)
			}
		})
	}
}

// The first container of a node has its name too: nobody knows before whether a
// runtime will tell. Where none does, what the path says is all there is.
func TestHoldFirst(t *testing.T) {
	for _, tt := range []struct {
		name string
		last *raw
		want []string
	}{
		{"told", next(2).told(catalogue.ContainerCreate, 520, idA, "web"), []string{"/a resolved web"}},
		{"another is told", next(2).told(catalogue.ContainerCreate, 520, idB, "other"), nil},
		{"another runtime tells", next(2).told(catalogue.ContainerCreate, 520, idB, "other").open(1000, initd, "/x"), []string{"/a pending"}},
		{"nobody tells", next(2).open(1000, initd, "/x"), []string{"/a not_found"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, nil)
			r.handle(next(0).cgroup(catalogue.CgroupMkdir, 1, 7, "/docker/"+idA))
			expect(t, r.paths(r.handle(next(1).open(500, inBox(7), "/a"))), idA)
			expect(t, r.paths(r.handle(tt.last)), idA, tt.want...)
		})
	}
}

// Whoever was waited for in vain is not waited for again, but is taken when it
// comes.
func TestHoldOnce(t *testing.T) {
	r := newRig(t, nil)
	app := inBox(7)
	begin(r)
	expect(t, r.paths(r.handle(next(1).open(500, app, "/a"))), idA)
	expect(t, r.paths(r.handle(next(2).open(2000, app, "/b"))), idA, "/a pending", "/b pending")
	expect(t, r.paths(r.handle(next(3).open(2001, app, "/c"))), idA, "/c pending")
	expect(t, r.paths(r.handle(next(4).told(catalogue.ContainerCreate, 2100, idA, "web").open(2101, app, "/d"))), idA, "/d resolved web")
}

// Silence lets go what waits, without an event of its own.
func TestHoldSilence(t *testing.T) {
	r := newRig(t, nil)
	begin(r)
	expect(t, r.paths(r.handle(next(1).open(500, inBox(7), "/a"))), idA)
	for i, tt := range []struct {
		at   uint64
		want []string
	}{{900, nil}, {1500, []string{"/a pending"}}} {
		m := next(uint64(2 + i))
		silence := record.Silence(&m.env, m.env.FirstSeq, bootTime+int64(tt.at*ms)).Envelope
		m.env.MinTime, m.env.MaxTime = silence.MinTime, silence.MaxTime
		out := r.handle(m)
		expect(t, r.paths(out), idA, tt.want...)
		if len(out) != 1 {
			t.Errorf("%d messages", len(out))
		}
	}
	// An event that comes a little later than that is not late.
	r.handle(next(5).open(1400, initd, "/x"))
	if n := r.metric("weir.enricher.late", "", ""); n != 0 {
		t.Errorf("%d late", n)
	}
}

// Nothing waits for what happened long ago, or where there is no room.
func TestHoldNot(t *testing.T) {
	app := inBox(7)
	for name, tt := range map[string]struct {
		change func(*Config)
		m      *raw
		want   []string
	}{
		"switched off": {func(c *Config) { c.Hold = 0 }, next(1).open(500, app, "/a"), []string{"/a pending"}},
		"long ago":     {nil, next(1).open(500, app, "/a").open(1000, app, "/b"), []string{"/a pending", "/b pending"}},
		"too much": {
			func(c *Config) { c.HoldBytes = 64 << 10 },
			next(1).open(500, app, strings.Repeat("x", 40<<10)).open(501, app, strings.Repeat("y", 40<<10)),
			[]string{strings.Repeat("x", 40<<10) + " pending", strings.Repeat("y", 40<<10) + " pending"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, tt.change)
			begin(r)
			expect(t, r.paths(r.handle(tt.m)), idA, tt.want...)
			if held := len(r.handler.(*handler).nodes[boot{"web-1", "b007"}].hold.queue); held != 0 {
				t.Errorf("%d containers are held", held)
			}
		})
	}
}

// The bound of bytes lets those go that have waited for longest, and no more.
func TestHoldBytes(t *testing.T) {
	r := newRig(t, func(c *Config) { c.HoldBytes = 64 << 10 })
	begin(r)
	app := inBox(7)
	long := strings.Repeat("x", 20<<10)
	last := 0
	for i := range uint64(12) {
		id := fmt.Sprintf("%064x", i)
		k := inBox(100 + i)
		got := r.paths(r.handle(next(1+i).cgroup(catalogue.CgroupMkdir, 500+i, k.cgroup, "/docker/"+id).open(500+i, k, long+id)))
		if n := r.handler.(*handler).nodes[boot{"web-1", "b007"}].hold.bytes; n > 64<<10 {
			t.Fatalf("%d bytes are held", n)
		}
		for out := range got {
			if want := fmt.Sprintf("%064x", last); out != want || len(got[out]) != 1 || len(got) != 1 {
				t.Errorf("%.4s… goes, want %.4s…", out, want)
			}
			last++
		}
	}
	if n := r.metric("weir.enricher.released", "reason", releasedBytes); n != int64(last) || last < 8 {
		t.Errorf("counted %d of %d", n, last)
	}
	expect(t, r.paths(r.handle(next(20).open(510, app, "/a"))), idA)
}

// What was lost in front of held events is known in their partition when they
// come, and only told once there.
func TestHoldTellsLosses(t *testing.T) {
	r := newRig(t, nil)
	begin(r)
	m := next(1).open(500, inBox(7), "/a")
	m.env.Losses = []*eventpb.Loss{{Stage: "collector", Reason: "ring_full", Count: 3}}
	out := r.handle(m)
	b := r.decode(out)
	if len(out) != 1 || out[0].Subject != r.subject(idA) || len(b[0].Events) != 0 || len(b[0].Envelope.Losses) != 1 {
		t.Fatalf("%d messages, %v", len(out), b)
	}
	out = r.handle(next(2).open(1500, initd, "/x"))
	seen := 0
	for _, b := range r.decode(out) {
		seen += len(b.Envelope.Losses)
	}
	if seen != 0 || len(out) != 2 || out[0].ID == out[1].ID {
		t.Errorf("%d losses in %d messages", seen, len(out))
	}
}

func (r *rig) subject(container string) string {
	cfg := Default()
	return cfg.Subject(cfg.Partition("web-1", container, cfg.Partitions), "web-1")
}

// A node that is forgotten leaves nothing behind.
func TestHoldOfForgottenNode(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Nodes = 1 })
	begin(r)
	expect(t, r.paths(r.handle(next(1).open(500, inBox(7), "/a"))), idA)
	m := newRaw().open(10, initd, "/other")
	m.env.Node = "web-2"
	out := r.handle(m)
	got := r.paths(out)
	expect(t, got, idA, "/a pending")
	expect(t, got, "", "/other pending")
	if len(out) != 2 || out[1].Subject != r.subject(idA) || out[1].ID == out[0].ID || out[1].Header["Weir-Node"] != "web-1" {
		t.Errorf("messages %v", out)
	}
	if n := r.metric("weir.enricher.released", "reason", releasedNode); n != 1 {
		t.Errorf("counted %d", n)
	}
}

// Handled twice, as the same message or as one that was published twice, events
// are not doubled.
func TestHoldRepeated(t *testing.T) {
	r := newRig(t, nil)
	begin(r)
	held := next(1).open(500, inBox(7), "/a")
	r.handle(held)
	r.handle(held)
	end := next(2).told(catalogue.ContainerCreate, 600, idA, "web")
	first := r.handle(end)
	expect(t, r.paths(first), idA, "/a resolved web")
	in := end.message(t, r.seq)
	again, err := r.handler.Handle(context.Background(), in)
	if err != nil || len(again) != len(first) {
		t.Fatalf("%d messages, %v", len(again), err)
	}
	for i := range again {
		if again[i].ID != first[i].ID || !bytes.Equal(again[i].Data, first[i].Data) {
			t.Errorf("message %d is another one", i)
		}
	}
}

func TestRestoreHold(t *testing.T) {
	r := newRig(t, nil)
	begin(r)
	r.handle(next(1).open(500, inBox(7), "/a"))
	r.handle(next(2).open(510, inBox(7), "/b").cgroup(catalogue.CgroupMkdir, 509, 9, "/docker/"+strings.Repeat("c", 64)).open(511, inBox(9), "/c"))
	name := boot{"web-1", "b007"}
	state := r.handler.(*handler).nodes[name].hold.state()
	h, err := restoreHold(name, state)
	if err != nil || len(state) != 3 || len(h.queue) != 2 || h.queue[0].since != bootTime+int64(500*ms) || h.queue[0].events != 2 {
		t.Fatalf("%d messages, %+v, %v", len(state), h, err)
	}
	for _, tt := range []struct {
		name string
		of   boot
		list [][]byte
		want string
	}{
		{"another node", boot{"x", "b007"}, state, `of node "web-1"`},
		{"another boot", boot{"web-1", "x"}, state, `boot "b007"`},
		{"no batch", name, [][]byte{{1, 2, 3}}, "held events 0"},
		{"twice", name, [][]byte{state[0], state[0]}, "held events 1: they do not follow"},
		{"of the host", name, [][]byte{r.handle(next(4).open(520, initd, "/x"))[0].Data}, `of container ""`},
		{"nothing", name, [][]byte{r.handle(next(5))[0].Data}, "there are none"},
	} {
		if _, err := restoreHold(tt.of, tt.list); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.want)
		}
	}
}

func FuzzRestoreHold(f *testing.F) {
	r := newRig(f, nil)
	begin(r)
	r.handle(next(1).open(500, inBox(7), "/a"))
	name := boot{"web-1", "b007"}
	for _, data := range r.handler.(*handler).nodes[name].hold.state() {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := restoreHold(name, [][]byte{data})
		if err != nil {
			return
		}
		b := h.queue[0]
		events, err := b.decode()
		if err != nil || len(events) == 0 || h.bytes != len(data) {
			t.Errorf("%d events, %v", len(events), err)
		}
		if h.remove(b); h.bytes != 0 || len(h.queue) != 0 {
			t.Errorf("%d bytes are left", h.bytes)
		}
	})
}

func TestHoldConfig(t *testing.T) {
	for _, change := range []func(*Config){
		func(c *Config) { c.Hold = -1 }, func(c *Config) { c.Hold = time.Minute }, func(c *Config) { c.HoldBytes = 1 },
	} {
		cfg := Default()
		if change(&cfg); cfg.Validate() == nil {
			t.Errorf("accepted: %s, %d bytes", cfg.Hold, cfg.HoldBytes)
		}
	}
	cfg := Default()
	cfg.Hold, cfg.HoldBytes = 0, 0
	if err := cfg.Validate(); err != nil {
		t.Error(err)
	}
	if cfg := Default(); cfg.Hold >= time.Second || event.StatusPending.String() != "pending" {
		t.Errorf("a node says that it is silent after a second, events are held for %s", cfg.Hold)
	}
}
