package enricher

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/datasource/query"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/lookup"
	"github.com/weirsec/weir/signatures/sdk/datasource"
)

// story is a node on which things happened.
func story() (m *raw, shell, cat *task) {
	shell = initd.child(100, 20)
	cat = shell.child(200, 30)
	m = newRaw().
		exec(11, initd, "/sbin/init").fork(20, initd, shell).exec(21, shell, "/bin/sh").
		fork(30, shell, cat).exec(31, cat, "/bin/cat", "x").exec(50, cat, "/bin/tac", "y").
		cgroup(catalogue.ExistingCgroup, 60, 7, "/docker/"+idA).told(catalogue.ContainerCreate, 61, idA, "web")
	return m, shell, cat
}

func (k *task) entity() uint32 { return event.EntityID(k.pid, bootTime+int64(k.start*ms)) }

func atTime(milliseconds int64) time.Time {
	return time.Unix(0, bootTime).Add(time.Duration(milliseconds) * time.Millisecond).UTC()
}

// lookUp asks a handler.
func lookUp(t *testing.T, h stage.Handler, r lookup.Request) (lookup.Reply, map[string]any, error) {
	t.Helper()
	if r.Namespace == "" {
		r.Namespace = "tracee"
	}
	if r.Node == "" {
		r.Node = "web-1"
	}
	q, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	answerer, ok := h.(stage.Answerer)
	if !ok {
		t.Fatal("it answers no questions")
	}
	text, err := answerer.Answer(t.Context(), q)
	if err != nil {
		return lookup.Reply{}, nil, err
	}
	reply, err := lookup.ParseReply(text)
	if err != nil {
		t.Fatal(err)
	}
	result, err := query.DecodeResult(r.ID, reply.Result)
	if err != nil {
		t.Fatal(err)
	}
	return reply, result, nil
}

func TestAnswer(t *testing.T) {
	r := newRig(t, nil)
	m, _, cat := story()
	r.handle(m)
	process := func(k lookup.Key, at time.Time) datasource.ProcessInfo {
		t.Helper()
		reply, result, err := lookUp(t, r.handler, lookup.Request{ID: "process_tree", Key: k, Time: at})
		if err != nil {
			t.Fatalf("%+v: %v", k, err)
		}
		if reply.Status != "resolved" || reply.Boot != "b007" || !reply.AsOf.Equal(atTime(61)) {
			t.Errorf("reply %+v", reply)
		}
		p, _ := result[query.ProcessInfo].(datasource.TimeRelevant[datasource.ProcessInfo])
		return p.Info
	}
	if p := process(lookup.Key{Entity: cat.entity()}, time.Time{}); p.ExecutionBinary.Path != "/bin/tac" || p.PID != 200 {
		t.Errorf("the latest: %+v", p)
	}
	if p := process(lookup.Key{Entity: cat.entity()}, atTime(40)); p.ExecutionBinary.Path != "/bin/cat" {
		t.Errorf("before: %+v", p)
	}
	if p := process(lookup.Key{PID: 100}, time.Time{}); p.ExecutionBinary.Path != "/bin/sh" || p.ChildProcessIDs[200] != cat.entity() {
		t.Errorf("by pid: %+v", p)
	}
	_, result, err := lookUp(t, r.handler, lookup.Request{ID: "process_tree", Key: lookup.Key{PID: 200, Kind: lookup.KindLineage, Depth: 5}})
	if l, _ := result[query.ProcessLineage].(datasource.ProcessLineage); err != nil || len(l) < 2 || l[1].Info.ExecutionBinary.Path != "/bin/sh" {
		t.Errorf("lineage %+v, %v", l, err)
	}
	_, result, err = lookUp(t, r.handler, lookup.Request{ID: "process_tree", Key: lookup.Key{PID: 200, Kind: lookup.KindThread}})
	if th, _ := result[query.ThreadInfo].(datasource.TimeRelevant[datasource.ThreadInfo]); err != nil || th.Info.TID != 200 {
		t.Errorf("thread %+v, %v", th, err)
	}
	_, result, err = lookUp(t, r.handler, lookup.Request{ID: "containers", Key: lookup.Key{Text: idA}})
	if err != nil || result["container_name"] != "web" {
		t.Errorf("container %v, %v", result, err)
	}
}

func TestAnswerRefuses(t *testing.T) {
	r := newRig(t, nil)
	m, _, _ := story()
	r.handle(m)
	text := lookup.Key{Text: "x"}
	for _, c := range []struct {
		name string
		ask  lookup.Request
		code lookup.Code
		want string
	}{
		{"another source", lookup.Request{ID: "rumours", Key: text}, 404, "no data source tracee/rumours"},
		{"another namespace", lookup.Request{Namespace: "mine", ID: "dns", Key: text}, 404, "no data source mine/dns"},
		{"another node", lookup.Request{Node: "db-1", ID: "dns", Key: text}, 404, "node db-1 here"},
		{"another boot", lookup.Request{Boot: "b008", ID: "dns", Key: text}, 404, "with boot id b008"},
		{"an unknown process", lookup.Request{ID: "process_tree", Key: lookup.Key{Entity: 9}}, 404, "not found"},
		{"an unknown pid", lookup.Request{ID: "process_tree", Key: lookup.Key{PID: 9}}, 404, "not found"},
		{"an unknown container", lookup.Request{ID: "containers", Key: text}, 404, "not found"},
		{"an unknown name", lookup.Request{ID: "dns", Key: lookup.Key{Text: "a.example", NetNS: 5}}, 404, "not found"},
		{"a key that does not fit", lookup.Request{ID: "process_tree", Key: text}, 400, "entity or pid"},
	} {
		_, _, err := lookUp(t, r.handler, c.ask)
		var refused *lookup.Error
		if !errors.As(err, &refused) || refused.Code != c.code || !strings.Contains(refused.Text, c.want) {
			t.Errorf("%s: %v, want %d %q", c.name, err, c.code, c.want)
		}
	}
	answerer, _ := r.handler.(stage.Answerer)
	if _, err := answerer.Answer(t.Context(), []byte("what?")); err == nil {
		t.Error("nonsense is answered")
	}
}

// A node that was booted again is asked about as it is now, or as it was before
// where that boot is named.
func TestAnswerOfBoots(t *testing.T) {
	r := newRig(t, nil)
	for _, id := range []string{"b1", "b2"} {
		m := newRaw().exec(11, initd, "/sbin/"+id)
		m.env.BootId = id
		r.handle(m)
	}
	for ask, want := range map[string]string{"": "b2", "b1": "b1", "b2": "b2"} {
		reply, _, err := lookUp(t, r.handler, lookup.Request{ID: "process_tree", Boot: ask, Key: lookup.Key{PID: 1}})
		if err != nil || reply.Boot != want {
			t.Errorf("boot %q: of %q, %v", ask, reply.Boot, err)
		}
	}
}

// Over the broker: questions reach the owner of the node's partition, and nobody
// when it has stopped.
func TestServe(t *testing.T) {
	conn := bustest.Run(t)
	settings := stage.Settings{Instance: "e1", Logger: bustest.Logger(t)}
	e, err := New(Default(), settings)
	if err != nil {
		t.Fatal(err)
	}
	cfg := e.Stage(16)
	cfg.Owned = e.Serve(conn, 16)
	runner, err := stage.New(conn, cfg, settings)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	m, _, cat := story()
	if err := conn.Publish(ctx, publishable(t, m)); err != nil {
		t.Fatal(err)
	}
	running, end := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- runner.Run(running) }()
	if err := runner.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	ask := func() (lookup.Reply, error) {
		q, err := lookup.Request{Node: "web-1", Key: lookup.Key{Entity: cat.entity()}}.Encode()
		if err != nil {
			return lookup.Reply{}, err
		}
		text, err := conn.AskDataSource(ctx, 16, "tracee", "process_tree", "web-1", q)
		if err != nil {
			return lookup.Reply{}, err
		}
		return lookup.ParseReply(text)
	}
	reply, err := ask()
	if err != nil || !strings.Contains(string(reply.Result), "/bin/tac") {
		t.Errorf("%s, %v", reply.Result, err)
	}
	served, err := conn.DataSources(ctx, 16, time.Minute)
	if err != nil || len(served) != 3*16 || served[0].Instance != "e1" {
		t.Errorf("%d are served, %v", len(served), err)
	}
	end()
	if err := <-done; err != nil {
		t.Error(err)
	}
	var refused *lookup.Error
	if _, err = ask(); !errors.As(err, &refused) || refused.Code != lookup.CodeUnavailable {
		t.Errorf("after the end: %v", err)
	}
	if served, err = conn.DataSources(ctx, 16, time.Minute); err != nil || len(served) > 0 {
		t.Errorf("still served: %v, %v", served, err)
	}
}

// broken is a service that cannot serve.
type broken struct{}

func (broken) ServeDataSources(context.Context, string, int, []bus.DataSourceEndpoint, bus.Ask) (*bus.DataSourceServer, error) {
	return nil, fmt.Errorf("no luck")
}

// Events are handled also where nobody can ask.
func TestServeFails(t *testing.T) {
	e, err := New(Default(), stage.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if release := e.Serve(broken{}, 16)(3, nil); release != nil {
		t.Error("there is something to release")
	}
}
