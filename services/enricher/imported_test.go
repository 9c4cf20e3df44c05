package enricher

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/batch"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/record"
)

// importer hands a handler events that were decoded elsewhere.
type importer struct {
	*rig
	seq uint64
}

func newImporter(t testing.TB) *importer { return &importer{rig: newRig(t, nil), seq: seqBase} }

// at makes an event of a context, a millisecond after the one before.
func (m *importer) at(c event.Context, name string, args ...any) event.Event {
	c.Node, c.BootID = "web-1", "b007"
	m.seq++
	e := event.Event{Seq: m.seq, Time: bootTime + int64(m.seq*ms), Shape: &event.Shape{Name: name}, Context: &c, Hook: "replay"}
	shape := &event.Shape{Name: name}
	for i := 0; i < len(args); i += 2 {
		shape.Args = append(shape.Args, event.ArgSpec{Name: args[i].(string), Type: "any"})
		switch v := args[i+1].(type) {
		case string:
			e.Values = append(e.Values, event.String(v))
		case []string:
			e.Values = append(e.Values, event.Strings(v))
		case int:
			e.Values = append(e.Values, event.Int(int64(v)))
		case uint64:
			e.Values = append(e.Values, event.Uint(v))
		}
	}
	e.Shape = shape
	return e
}

// message packs events, those of one context by pointer too.
func message(t testing.TB, events []event.Event, losses ...*eventpb.Loss) stage.Message {
	t.Helper()
	env := &eventpb.Envelope{Node: "web-1", BootId: "b007", FirstSeq: seqBase}
	data, err := new(batch.Encoder).Encode(nil, env, events)
	if err != nil {
		t.Fatal(err)
	}
	env.Schema, env.Losses = record.SchemaEvents, losses
	raw, err := (&eventpb.RawBatch{Envelope: env, Events: data}).MarshalVT()
	if err != nil {
		t.Fatal(err)
	}
	return stage.Message{ID: "web-1/b007/1", Data: raw}
}

// enrich returns what becomes of events, in order.
func (m *importer) enrich(events ...event.Event) []event.Event {
	m.t.Helper()
	in := message(m.t, events)
	in.ID, in.StreamSeq = in.ID+events[0].ID(), m.seq
	out, err := m.handler.Handle(context.Background(), in)
	if err != nil {
		m.t.Fatal(err)
	}
	var list []event.Event
	for _, b := range m.decode(out) {
		list = append(list, b.Events...)
	}
	slices.SortStableFunc(list, func(a, b event.Event) int { return int(a.Seq) - int(b.Seq) })
	return list
}

// What an event says itself stays as it is.
func TestImportedFactsStay(t *testing.T) {
	m := newImporter(t)
	told := event.Context{
		HostPID: 7, HostTID: 7, ProcessEntityID: 70, ThreadEntityID: 71, ParentEntityID: 60, CgroupID: 9,
		ProcessName: "cat", Executable: "/bin/other",
		Container:  event.Container{ID: idA, Name: "web", Image: "nginx", Runtime: "podman"},
		Kubernetes: event.Kubernetes{PodName: "pod", PodNamespace: "ns", PodUID: "uid"}, ContainerStarted: true,
	}
	recorded := told
	recorded.Process = &event.Process{EntityID: 70, Name: "from the recording", Parent: &event.Process{EntityID: 60, Name: "parent"}}
	recorded.ProcessStatus, recorded.ContainerStatus = event.StatusStale, event.StatusLost
	got := m.enrich(
		// What the node's own events tell is something else.
		m.at(event.Context{}, "existing_cgroup", "cgroup_id", uint64(9), "cgroup_path", "/docker/"+idB),
		m.at(event.Context{HostPID: 7, HostTID: 7, ProcessEntityID: 70}, "sched_process_exec", "pathname", "/bin/cat"),
		m.at(told, "openat"), m.at(recorded, "openat"),
	)
	c := got[2].Context
	if c.Container != told.Container || c.Kubernetes != told.Kubernetes || !c.ContainerStarted || c.Executable != "/bin/other" ||
		c.ContainerStatus != event.StatusResolved || c.ThreadEntityID != 71 || c.ProcessEntityID != 70 {
		t.Errorf("became %+v", c)
	}
	if c.Process == nil || c.Process.Executable != "/bin/cat" || c.ProcessStatus != event.StatusResolved {
		t.Errorf("lineage %+v, %v: it was missing", c.Process, c.ProcessStatus)
	}
	c = got[3].Context
	if c.Process.Name != "from the recording" || c.Process.Parent.Name != "parent" || c.ProcessStatus != event.StatusStale ||
		c.ContainerStatus != event.StatusLost || c.Container != told.Container {
		t.Errorf("became %+v %+v", c, c.Process)
	}
}

// What an event does not say is added where others tell.
func TestImportedFactsAreAdded(t *testing.T) {
	m := newImporter(t)
	start := bootTime + int64(seqBase*ms)
	shell := event.Context{HostPID: 5, HostTID: 5, PID: 5, ThreadStartTime: start, ProcessName: "sh", CgroupID: 9}
	child := event.Context{HostPID: 6, HostTID: 6, PID: 6, HostPPID: 5, ThreadStartTime: start + int64(20*ms), ProcessName: "sh", CgroupID: 9}
	thread := child
	thread.HostTID, thread.ThreadStartTime = 8, start+int64(50*ms)
	known := event.Context{HostPID: 7, HostTID: 7, CgroupID: 9, Container: event.Container{ID: idA}}
	got := m.enrich(
		m.at(event.Context{}, "cgroup_mkdir", "cgroup_id", uint64(9), "cgroup_path", "/kubepods/podb13213a6-d47e-4bd1-bc00-f175d1ad3b6e/"+idA),
		m.at(shell, "sched_process_exec", "pathname", "/bin/sh", "argv", []string{"sh", "--password=hunter2"}),
		m.at(shell, "sched_process_fork", "child_pid", 6, "child_tid", 6, "start_time", int(child.ThreadStartTime)),
		m.at(child, "openat"), m.at(thread, "openat"),
		m.at(event.Context{HostPID: 1, HostTID: 1, ProcessName: "init"}, "openat"), m.at(known, "openat"),
	)
	if argv, _ := got[1].Arg("argv"); argv.List()[1] != "--password=[redacted]" {
		t.Errorf("argv %q", argv.List())
	}
	c := got[3].Context
	if c.ThreadEntityID != event.EntityID(6, child.ThreadStartTime) || c.ProcessEntityID != c.ThreadEntityID {
		t.Errorf("entities %d, %d", c.ThreadEntityID, c.ProcessEntityID)
	}
	if c.Process == nil || c.ProcessStatus != event.StatusResolved || c.Process.Parent == nil || c.Process.Parent.Executable != "/bin/sh" ||
		c.Executable != "/bin/sh" {
		t.Errorf("lineage %+v, %v, %s", c.Process, c.ProcessStatus, c.Executable)
	}
	if c.Container.ID != idA || c.Container.Runtime != "containerd" || c.Kubernetes.PodUID[:8] != "b13213a6" ||
		c.ContainerStatus != event.StatusNotFound {
		t.Errorf("container %+v, %+v, %v", c.Container, c.Kubernetes, c.ContainerStatus)
	}
	if c := got[4].Context; c.ProcessEntityID != 0 || c.ThreadEntityID == 0 || c.ProcessStatus != event.StatusNotFound {
		t.Errorf("a thread of a process that nobody named: %+v", c)
	}
	if c := got[5].Context; c.ContainerStatus != event.StatusNotFound || got[5].Origin() != event.OriginHost {
		t.Errorf("container status %v: who says nothing of a container has none", c.ContainerStatus)
	}
	if c := got[6].Context; c.Container.Runtime != "containerd" || c.Kubernetes.PodUID == "" {
		t.Errorf("container %+v, %+v", c.Container, c.Kubernetes)
	}
}

// Events keep the order that they come in, and those of a container go where its
// others go.
func TestImportedPlaces(t *testing.T) {
	m := newImporter(t)
	boxed := event.Context{HostPID: 7, HostTID: 7, Container: event.Container{ID: idA}}
	late, early := m.at(event.Context{}, "a"), m.at(event.Context{}, "b")
	late.Time, early.Time = early.Time, late.Time
	lost := &eventpb.Loss{Stage: "collector", Reason: "unparsable", Count: 2}
	in := message(t, []event.Event{late, m.at(boxed, "c"), early, m.at(boxed, "d")}, lost)
	before := checkpoint(t, m.handler)
	out, err := m.handler.Handle(t.Context(), in)
	if err != nil || len(out) != 2 {
		t.Fatalf("%d messages, %v", len(out), err)
	}
	cfg := Default()
	want := map[string][]string{
		bus.EventsSubject(cfg.Partition("web-1", "", 16), "web-1"):  {"a", "b"},
		bus.EventsSubject(cfg.Partition("web-1", idA, 16), "web-1"): {"c", "d"},
	}
	for i, b := range m.decode(out) {
		var names []string
		for _, e := range b.Events {
			names = append(names, e.Name())
		}
		if !slices.Equal(names, want[out[i].Subject]) || len(b.Envelope.Losses) != 1 {
			t.Errorf("%s: %v, losses %v", out[i].Subject, names, b.Envelope.Losses)
		}
	}
	restore(t, m.handler, before)
	again, err := m.handler.Handle(t.Context(), in)
	if err != nil || len(again) != 2 || !bytes.Equal(again[0].Data, out[0].Data) || !bytes.Equal(again[1].Data, out[1].Data) {
		t.Errorf("handled again it became something else: %v", err)
	}
}

// Events of a thread share their context, also in what comes out.
func TestImportedContextsAreShared(t *testing.T) {
	m := newImporter(t)
	c := &event.Context{Node: "web-1", BootID: "b007", HostPID: 7, HostTID: 7, ProcessEntityID: 5}
	var events []event.Event
	for i := range 100 {
		e := m.at(event.Context{}, "openat")
		if e.Context = c; i == 50 {
			e.Shape, e.Values = &event.Shape{Name: "sched_process_exec", Args: []event.ArgSpec{{Name: "pathname"}}}, []event.Value{event.String("/bin/x")}
		}
		events = append(events, e)
	}
	contexts := map[*event.Context]int{}
	for i, e := range m.enrich(events...) {
		contexts[e.Context]++
		if want := map[bool]string{true: "/bin/x"}[i >= 50]; e.Context.Process.Executable != want {
			t.Errorf("event %d of a process that runs %q, want %q", i, e.Context.Process.Executable, want)
		}
	}
	if len(contexts) != 2 {
		t.Errorf("%d contexts, want 2: one before and one after the exec", len(contexts))
	}
}

func TestImportedRefused(t *testing.T) {
	good := message(t, nil)
	foreign, err := (&eventpb.RawBatch{
		Envelope: &eventpb.Envelope{Node: "db-1", BootId: "b007", Schema: record.SchemaEvents}, Events: mustEvents(t, good.Data),
	}).MarshalVT()
	if err != nil {
		t.Fatal(err)
	}
	broken, err := (&eventpb.RawBatch{
		Envelope: &eventpb.Envelope{Node: "web-1", BootId: "b007", Schema: record.SchemaEvents}, Events: []byte{0xff},
	}).MarshalVT()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, want string
		data       []byte
	}{
		{"of another node", "events of web-1, boot b007, in a batch of db-1", foreign},
		{"broken", "batch: ", broken},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, nil)
			_, err := r.handler.Handle(t.Context(), stage.Message{ID: "x", Data: c.data})
			if !stage.IsPermanent(err) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v", err)
			}
			if n := r.metric("weir.enricher.undecodable", "reason", "message"); n != 1 {
				t.Errorf("counted %d", n)
			}
		})
	}
	r := newRig(t, nil)
	if out, err := r.handler.Handle(t.Context(), good); err != nil || len(out) != 1 {
		t.Errorf("%d messages of no events, %v", len(out), err)
	}
}

// mustEvents returns the events of a raw message.
func mustEvents(t testing.TB, data []byte) []byte {
	t.Helper()
	b, err := record.Unmarshal(data)
	if err != nil {
		t.Fatal(err)
	}
	return b.Events
}

// Whatever comes as events: no panic, and either an error or all of them.
func FuzzImported(f *testing.F) {
	m := newImporter(f)
	fork := m.at(event.Context{HostPID: 5, HostTID: 5, ThreadStartTime: 9}, "sched_process_fork", "child_pid", 6, "child_tid", 6, "start_time", 7)
	f.Add(mustEvents(f, message(f, []event.Event{
		fork, m.at(event.Context{HostPID: 6, HostTID: 6, ThreadStartTime: 7}, "sched_process_exec", "argv", []string{"a"}),
		m.at(event.Context{CgroupID: 3}, "existing_cgroup", "cgroup_id", uint64(3), "cgroup_path", "/docker/"+idA),
	}).Data))
	f.Fuzz(func(t *testing.T, data []byte) {
		given, err := new(batch.Decoder).Decode(data)
		env := &eventpb.Envelope{Node: "web-1", BootId: "b007"}
		if err == nil {
			env = given.Envelope
		}
		in, err := (&eventpb.RawBatch{
			Envelope: &eventpb.Envelope{Node: env.Node, BootId: env.BootId, Schema: record.SchemaEvents}, Events: data,
		}).MarshalVT()
		if err != nil {
			t.Fatal(err)
		}
		r := newRig(t, nil)
		out, err := r.handler.Handle(t.Context(), stage.Message{ID: "x", Data: in})
		if err != nil {
			return
		}
		n := 0
		for _, b := range r.decode(out) {
			n += len(b.Events)
		}
		if given != nil && n != len(given.Events) {
			t.Fatalf("%d events of %d", n, len(given.Events))
		}
	})
}

func BenchmarkImported(b *testing.B) {
	r := newRig(b, nil)
	out, err := r.handler.Handle(b.Context(), realistic().message(b, 1))
	if err != nil {
		b.Fatal(err)
	}
	var inputs []stage.Message
	events := 0
	for i, o := range out {
		decoded, err := new(batch.Decoder).Decode(o.Data)
		if err != nil {
			b.Fatal(err)
		}
		events += len(decoded.Events)
		data, err := (&eventpb.RawBatch{
			Envelope: &eventpb.Envelope{Node: "web-1", BootId: "b007", FirstSeq: uint64(i), Schema: record.SchemaEvents}, Events: o.Data,
		}).MarshalVT()
		if err != nil {
			b.Fatal(err)
		}
		inputs = append(inputs, stage.Message{ID: o.ID, Data: data})
	}
	b.ReportAllocs()
	began := processorTime(b)
	for b.Loop() {
		for _, in := range inputs {
			in.StreamSeq++
			if _, err := r.handler.Handle(b.Context(), in); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(processorTime(b)-began)/float64(b.N)/float64(events), "cpu-ns/event")
}
