package enricher

import (
	"bytes"
	"context"
	"reflect"
	"strings"
	"testing"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
)

func TestEnrich(t *testing.T) {
	r := newRig(t, nil)
	sh := initd.child(100, 500)
	cat := sh.child(101, 600)
	events := r.events(newRaw().
		cgroup(catalogue.ExistingCgroup, 20, 1, "/").
		exec(30, initd, "/sbin/init").
		fork(500, initd, sh).exec(510, sh, "/bin/sh", "-c", "x --password=hunter2").
		fork(600, sh, cat).open(605, cat, "/early").exec(610, cat, "/bin/cat", "/etc/passwd").
		open(620, cat, "/etc/passwd"))
	if len(events) != 8 {
		t.Fatalf("%d events, want 8", len(events))
	}
	last := events[7]
	c := last.Context
	if last.Name() != "openat" || c.Executable != "/bin/cat" || c.ProcessStatus != event.StatusResolved {
		t.Errorf("%s of %q, status %v", last.Name(), c.Executable, c.ProcessStatus)
	}
	if c.ContainerStatus != event.StatusNotFound || last.Origin() != event.OriginHost {
		t.Errorf("container status %v, origin %s", c.ContainerStatus, last.Origin())
	}
	var chain []string
	for p := c.Process; p != nil; p = p.Parent {
		chain = append(chain, strings.Join(append([]string{p.Executable}, p.Args...), " "))
	}
	want := []string{
		"/bin/cat /bin/cat /etc/passwd", "/bin/sh /bin/sh -c x --password=[redacted]", "/sbin/init /sbin/init",
	}
	if !reflect.DeepEqual(chain, want) {
		t.Errorf("lineage %q, want %q", chain, want)
	}
	if got := events[5].Context.Executable; got != "/bin/sh" {
		t.Errorf("before its exec the child runs %q", got)
	}
	env, _ := events[3].Arg("env")
	if got := env.List(); len(got) != 2 || got[0] != "DB_PASSWORD=[redacted]" || got[1] != "HOME=/" {
		t.Errorf("environment %q", got)
	}
	if got := r.metric("weir.enricher.events", "", ""); got != 8 {
		t.Errorf("counted %d events", got)
	}
}

func TestKeepSecrets(t *testing.T) {
	r := newRig(t, func(c *Config) { c.KeepSecrets = true })
	events := r.events(newRaw().exec(510, initd, "/bin/x", "--password=hunter2"))
	argv, _ := events[0].Arg("argv")
	if argv.List()[1] != "--password=hunter2" || events[0].Context.Process.Args[1] != "--password=hunter2" {
		t.Errorf("argv %q, lineage %q", argv.List(), events[0].Context.Process.Args)
	}
}

func TestContainer(t *testing.T) {
	r := newRig(t, atOnce)
	runc := initd.child(200, 300)
	runc.cgroup, runc.comm = 7, "runc"
	app := runc.child(201, 400)
	app.ns, app.mountNS, app.comm = 1, 77, "app"
	pod := "/kubepods/pod" + "b13213a6-d47e-4bd1-bc00-f175d1ad3b6e" + "/"
	out := r.handle(newRaw().
		cgroup(catalogue.ExistingCgroup, 20, 1, "/").
		cgroup(catalogue.CgroupMkdir, 350, 7, pod+idA).
		open(360, initd, "/host").open(370, runc, "/setup").
		fork(400, runc, app).open(405, app, "/setup").exec(410, app, "/app").open(420, app, "/data").
		exit(430, app).open(440, &task{pid: 5, ns: 5, start: 5, cgroup: 99}, "/unknown"))
	if len(out) != 2 {
		t.Fatalf("%d messages, want one of the host and one of the container", len(out))
	}
	cfg := Default()
	want := map[string]bool{
		bus.EventsSubject(cfg.Partition("web-1", "", 16), "web-1"):  true,
		bus.EventsSubject(cfg.Partition("web-1", idA, 16), "web-1"): true,
	}
	origins := map[string]string{"/host": event.OriginHost, "/data": event.OriginContainer, "/unknown": event.OriginHost}
	for i, b := range r.decode(out) {
		if !want[out[i].Subject] {
			t.Errorf("subject %q", out[i].Subject)
		}
		for _, e := range b.Events {
			path, _ := e.Arg("pathname")
			origin := origins[path.Text()]
			if path.Text() == "/setup" {
				origin = event.OriginContainerInit
			}
			if origin != "" && e.Name() == "openat" && e.Origin() != origin {
				t.Errorf("%s %s: origin %s, want %s", e.Name(), path.Text(), e.Origin(), origin)
			}
			c := e.Context
			if c.Container.ID != "" && (c.Container.Runtime != "containerd" || c.Kubernetes.PodUID[:8] != "b13213a6") {
				t.Errorf("container %+v, pod %+v", c.Container, c.Kubernetes)
			}
			if path.Text() == "/unknown" && c.ContainerStatus != event.StatusPending {
				t.Errorf("unknown cgroup: %v", c.ContainerStatus)
			}
		}
	}
}

// Contexts are shared by the events of a thread; what changes in between must
// not show in the earlier ones.
func TestSharedContext(t *testing.T) {
	r := newRig(t, atOnce)
	app := initd.child(200, 300)
	app.cgroup = 7
	events := r.events(newRaw().
		open(310, app, "/a").open(311, app, "/b").
		cgroup(catalogue.ExistingCgroup, 312, 7, "/docker/"+idA).
		open(313, app, "/c").open(314, app, "/d"))
	status := make(map[string]event.Status)
	for _, e := range events {
		if path, ok := e.Arg("pathname"); ok {
			status[path.Text()] = e.Context.ContainerStatus
		}
	}
	want := map[string]event.Status{
		"/a": event.StatusPending, "/b": event.StatusPending, "/c": event.StatusNotFound, "/d": event.StatusNotFound,
	}
	if !reflect.DeepEqual(status, want) {
		t.Errorf("container statuses %v, want %v", status, want)
	}
}

func TestOutputs(t *testing.T) {
	r := newRig(t, atOnce)
	m := newRaw()
	app := initd.child(200, 300)
	app.cgroup = 7
	m.env.Losses = []*eventpb.Loss{{Stage: "collector", Reason: "ring_full", Event: "openat", Count: 3}}
	out := r.handle(m.cgroup(catalogue.ExistingCgroup, 1, 7, "/docker/"+idA).open(30, app, "/a").open(20, app, "/b"))
	if len(out) != 2 {
		t.Fatalf("%d messages, want 2", len(out))
	}
	seqs := uint64(0)
	for i, b := range r.decode(out) {
		env, head := b.Envelope, out[i].Header
		if !strings.HasPrefix(out[i].ID, "web-1/b007/1000/") || head["Weir-Part"] != []string{"0/2", "1/2"}[i] {
			t.Errorf("id %q, part %q", out[i].ID, head["Weir-Part"])
		}
		if head["Weir-Node"] != "web-1" || head["Weir-Boot"] != "b007" || head["Weir-Schema"] != "1" {
			t.Errorf("headers %v", head)
		}
		if len(env.Losses) != 1 || env.Losses[0].Count != 3 {
			t.Errorf("losses %v: each partition must know", env.Losses)
		}
		if len(env.Stamps) != 2 || env.Stamps[1].Stage != "enricher" || env.Stamps[1].Instance != "e-1" ||
			env.Stamps[1].In != 100 || env.Stamps[1].Out != 200 {
			t.Errorf("stamps %v", env.Stamps)
		}
		for k, e := range b.Events {
			seqs += e.Seq
			if k > 0 && e.Time < b.Events[k-1].Time {
				t.Error("events are not in order of their time")
			}
		}
		if env.MinTime != b.Events[0].Time || env.BootTime != bootTime || int(env.Count) != len(b.Events) {
			t.Errorf("envelope %v", env)
		}
	}
	if seqs != 1000+1001+1002 {
		t.Errorf("sequence numbers add up to %d", seqs)
	}
}

func checkpoint(t *testing.T, h stage.Handler) []byte {
	t.Helper()
	saved, err := h.(stage.Keeper).Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

func restore(t *testing.T, h stage.Handler, saved []byte) {
	t.Helper()
	if err := h.(stage.Keeper).Restore(saved); err != nil {
		t.Fatal(err)
	}
}

func TestSameMessageAgain(t *testing.T) {
	r := newRig(t, nil)
	sh := initd.child(100, 500)
	m := newRaw().open(490, sh, "/a").exec(510, sh, "/bin/sh").fork(520, sh, sh.child(101, 520)).open(530, sh, "/b")
	before := checkpoint(t, r.handler)
	first := r.handle(m)
	in := m.message(t, r.seq)
	again, err := r.handler.Handle(context.Background(), in)
	if err != nil || !reflect.DeepEqual(first, again) {
		t.Errorf("delivered again it became something else: %v", err)
	}
	// Also by whoever knows what was known before.
	restore(t, r.handler, before)
	again, err = r.handler.Handle(context.Background(), in)
	if err != nil || len(again) != len(first) || !bytes.Equal(first[0].Data, again[0].Data) {
		t.Errorf("handled again it became something else: %v", err)
	}
}

func TestUndecodable(t *testing.T) {
	t.Run("record", func(t *testing.T) {
		r := newRig(t, nil)
		out := r.decode(r.handle(newRaw().open(10, initd, "/a").garbage().open(20, initd, "/b")))
		if len(out) != 1 || len(out[0].Events) != 2 || out[0].Events[1].Seq != seqBase+2 {
			t.Fatalf("the rest did not go on: %+v", out)
		}
		checkLoss(t, out[0].Envelope, 1)
		if got := r.metric("weir.enricher.undecodable", "reason", "record"); got != 1 {
			t.Errorf("counted %d", got)
		}
	})
	t.Run("framing", func(t *testing.T) {
		r := newRig(t, nil)
		m := newRaw().open(10, initd, "/a")
		m.records = append(m.records, 1, 2, 3)
		m.env.Count = 5
		out := r.decode(r.handle(m))
		if len(out) != 1 || len(out[0].Events) != 1 {
			t.Fatalf("%+v", out)
		}
		checkLoss(t, out[0].Envelope, 4)
		if got := r.metric("weir.enricher.undecodable", "reason", "framing"); got != 4 {
			t.Errorf("counted %d", got)
		}
	})
	t.Run("nothing left", func(t *testing.T) {
		r := newRig(t, nil)
		out := r.decode(r.handle(newRaw().garbage()))
		if len(out) != 1 || len(out[0].Events) != 0 {
			t.Fatalf("%+v", out)
		}
		checkLoss(t, out[0].Envelope, 1)
	})
	t.Run("message", func(t *testing.T) {
		r := newRig(t, nil)
		_, err := r.handler.Handle(context.Background(), stage.Message{ID: "x", Data: []byte{0xff}})
		if !stage.IsPermanent(err) {
			t.Errorf("error %v, want a permanent one", err)
		}
		if got := r.metric("weir.enricher.undecodable", "reason", "message"); got != 1 {
			t.Errorf("counted %d", got)
		}
	})
}

func checkLoss(t *testing.T, env *eventpb.Envelope, count uint64) {
	t.Helper()
	if len(env.Losses) != 1 {
		t.Fatalf("losses %v", env.Losses)
	}
	if l := env.Losses[0]; l.Stage != "enricher" || l.Reason != "decode" || l.Count != count {
		t.Errorf("loss %v, want %d", l, count)
	}
}

func TestLate(t *testing.T) {
	r := newRig(t, nil)
	r.handle(newRaw().open(100, initd, "/a").open(90, initd, "/b"))
	if got := r.metric("weir.enricher.late", "", ""); got != 0 {
		t.Errorf("within a message %d were late, want 0: they are sorted", got)
	}
	m := newRaw().open(95, initd, "/c").open(110, initd, "/d")
	m.env.FirstSeq = 2000
	r.handle(m)
	if got := r.metric("weir.enricher.late", "", ""); got != 1 {
		t.Errorf("%d were late, want 1", got)
	}
}

func TestLargeMessageIsSplit(t *testing.T) {
	r := newRig(t, func(c *Config) { c.MaxBytes = 16 << 10 })
	m := newRaw()
	m.env.Losses = []*eventpb.Loss{{Stage: "collector", Reason: "ring_full", Count: 1}}
	for i := range uint64(40) {
		m.open(10+i, initd, strings.Repeat(string(rune('a'+i)), 2000))
	}
	out := r.handle(m)
	ids, events, losses := make(map[string]bool), 0, 0
	for i, b := range r.decode(out) {
		ids[out[i].ID] = true
		events += len(b.Events)
		losses += len(b.Envelope.Losses)
		if len(out[i].Data) > 16<<10 {
			t.Errorf("a message of %d bytes", len(out[i].Data))
		}
	}
	if events != 40 || losses != 1 || len(ids) != len(out) || len(out) < 5 {
		t.Errorf("%d events, %d losses, %d messages, %d ids", events, losses, len(out), len(ids))
	}
	if got := r.metric("weir.enricher.splits", "", ""); got != int64(len(out)-1) {
		t.Errorf("counted %d splits of %d messages", got, len(out))
	}
}

func TestNodesAreBounded(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Nodes = 2 })
	for _, name := range []string{"a", "b", "a", "c"} {
		m := newRaw().exec(10, initd, "/sbin/"+name)
		m.env.Node = name
		r.handle(m)
	}
	if got := r.metric("weir.enricher.evicted", "kind", "node"); got != 1 {
		t.Errorf("%d nodes forgotten, want 1", got)
	}
	nodes := r.handler.(*handler).nodes
	if len(nodes) != 2 || nodes[boot{"a", "b007"}] == nil || nodes[boot{"b", "b007"}] != nil {
		t.Errorf("kept the wrong nodes: %v", nodes)
	}
}

// Nodes and boots must not see each other's processes.
func TestNodesAreApart(t *testing.T) {
	r := newRig(t, nil)
	r.handle(newRaw().exec(10, initd, "/sbin/init"))
	for _, change := range []func(*raw){
		func(m *raw) { m.env.Node = "other" },
		func(m *raw) { m.env.BootId = "other" },
	} {
		m := newRaw().open(20, initd, "/a")
		change(m)
		if got := r.events(m)[0].Context; got.ProcessStatus != event.StatusNotFound || got.Executable != "" {
			t.Errorf("%s %s knows %q", got.Node, got.BootID, got.Executable)
		}
	}
}

func TestConfigValidate(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"partitions": func(c *Config) { c.Partitions = 0 },
		"subject":    func(c *Config) { c.Subject = nil },
		"partition":  func(c *Config) { c.Partition = nil },
		"nodes":      func(c *Config) { c.Nodes = 0 },
		"bytes":      func(c *Config) { c.MaxBytes = 1 },
		"processes":  func(c *Config) { c.Processes.Bytes = 1 },
		"containers": func(c *Config) { c.Containers.Bytes = 1 },
		"names":      func(c *Config) { c.DNS.Bytes = 1 },
	} {
		cfg := Default()
		change(&cfg)
		if _, err := New(cfg, stage.Settings{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	e, err := New(Default(), stage.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.NewHandler(-1); err == nil {
		t.Error("a negative partition is no partition")
	}
}
