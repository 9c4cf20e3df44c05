package main

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/lookup"
	"github.com/weirsec/weir/schemas/record"
	"github.com/weirsec/weir/services/enricher"
)

const bootedAt = int64(1_700_000_000_000_000_000)

// rawOf is a batch of a node on which a shell ran a program with a hostile name.
func rawOf(t *testing.T, node string) bus.Message {
	t.Helper()
	header := func(kind catalogue.Type, at uint64, pid, parent int32) record.Header {
		h := record.Header{
			Type: kind, Hook: record.HookTracepoint, Time: at, Sysno: -1, HostPID: pid, HostTID: pid, PID: pid, TID: pid,
			StartTime: uint64(pid) * 1000, LeaderStart: uint64(pid) * 1000, CgroupID: 1,
		}
		if parent != 0 {
			h.HostPPID, h.ParentStart = parent, uint64(parent)*1000
		}
		return h
	}
	var b record.Builder
	var records []byte
	b.Begin(header(catalogue.SchedProcessExec, 11_000, 10, 1)).Text(0, "/bin/sh").Text(1, "/bin/sh").Texts(8, []string{"sh"})
	records = append(records, b.End()...)
	b.Begin(header(catalogue.SchedProcessFork, 20_000, 10, 1)).Int32(4, 20).Int32(5, 20).Int32(6, 20).Int32(7, 20).Start(8, 20_000)
	records = append(records, b.End()...)
	b.Begin(header(catalogue.SchedProcessExec, 21_000, 20, 10)).Text(0, "/bin/\x1b[31mcat").Text(1, "/bin/\x1b[31mcat").Texts(8, []string{"cat", "x"})
	records = append(records, b.End()...)
	data, err := record.Marshal(&eventpb.Envelope{
		Node: node, BootId: "b1", FirstSeq: 1, Count: 3, BootTime: bootedAt, Schema: record.Schema,
	}, records)
	if err != nil {
		t.Fatal(err)
	}
	return bus.Message{Subject: bus.RawSubject(node), ID: node + "/b1/1", Data: data}
}

// answering runs an enricher that has heard of a node, and returns the address of
// its broker.
func answering(t *testing.T, node string) string {
	t.Helper()
	conn, url := bustest.RunListening(t)
	settings := stage.Settings{Instance: "e1", Logger: bustest.Logger(t)}
	e, err := enricher.New(enricher.Default(), settings)
	if err != nil {
		t.Fatal(err)
	}
	loop := e.Stage(16)
	loop.Owned = e.Serve(conn, 16)
	runner, err := stage.New(conn, loop, settings)
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Publish(t.Context(), rawOf(t, node)); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- runner.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	limited, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := runner.Drain(limited); err != nil {
		t.Fatal(err)
	}
	// A partition without messages is drained before it is served.
	for served := 0; served < 16*3; {
		answers, err := conn.DataSources(limited, 16, 100*time.Millisecond)
		if err != nil {
			t.Fatalf("%d data sources are served: %v", served, err)
		}
		served = len(answers)
	}
	return url
}

func TestDataSourceGet(t *testing.T) {
	url := answering(t, "web-1")
	get := func(args ...string) (string, error) {
		out, _, err := invoke(t, append([]string{"datasource", "get", "--nats-url", url, "--node", "web-1"}, args...)...)
		return out, err
	}
	out, err := get("process_tree", "--pid", "20")
	if err != nil || !strings.Contains(out, "# resolved, known up to ") || !strings.Contains(out, "boot b1") || !strings.Contains(out, "pid: 20") {
		t.Errorf("%v\n%s", err, out)
	}
	if strings.Contains(out, "\x1b") {
		t.Errorf("the terminal obeys the program's name: %q", out)
	}
	out, err = get("tracee/process_tree", "--pid", "20", "--lineage")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if err != nil || len(lines) < 4 || !strings.Contains(lines[1], "IN CONTAINER") || !strings.Contains(lines[3], "/bin/sh") || strings.Contains(out, "\x1b") {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = get("process_tree", "--pid", "20", "--time", "2023-11-14T22:13:20.0000205Z", "--output", "json")
	var reply lookup.Reply
	if err != nil || json.Unmarshal([]byte(out), &reply) != nil || !strings.Contains(string(reply.Result), `/bin/sh`) || reply.Boot != "b1" {
		t.Errorf("before its exec: %v\n%s", err, out)
	}
	for _, args := range [][]string{{"process_tree", "--pid", "99"}, {"containers", "c1"}, {"dns", "a.example", "--container", "c1"}, {"mine/list", "x"}} {
		var exit *run.ExitError
		_, err := get(args...)
		if wantCode := args[0] != "mine/list"; (errors.As(err, &exit) && exit.Code == exitNotFound) != wantCode || err == nil {
			t.Errorf("%q: %v", args, err)
		}
	}
	if _, _, err := invoke(t, "datasource", "get", "--nats-url", url, "process_tree", "--pid", "1"); err == nil {
		t.Error("this machine is known, and nobody watches it")
	}
}

func TestDataSourceGetUsage(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"process_tree", "needs --pid or --entity, not both"},
		{"process_tree --pid 1 --entity 2", "not both"},
		{"process_tree --pid 1 --thread --lineage", "choose one"},
		{"process_tree --pid 1 --time yesterday", `--time is "yesterday"`},
		{"process_tree --pid -1", "must not be negative"},
		{"containers", "containers needs a KEY"},
		{"dns --container c1", "dns needs a KEY"},
	} {
		_, _, err := invoke(t, append([]string{"datasource", "get"}, strings.Fields(c.args)...)...)
		var exit *run.ExitError
		if !errors.As(err, &exit) || exit.Code != run.ExitUsage || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.args, err, c.want)
		}
	}
}

func TestMoment(t *testing.T) {
	now := time.Unix(1000, 0)
	for text, want := range map[string]time.Time{
		"": {}, "10s": time.Unix(990, 0), "0s": now, "1970-01-01T00:00:05.5Z": time.Unix(5, 5e8),
	} {
		if got, err := moment(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%q is %s, %v", text, got, err)
		}
	}
	if _, err := moment("-10s", now); err == nil {
		t.Error("the future is known")
	}
}

func TestDataSourceList(t *testing.T) {
	url := answering(t, "web-1")
	var sources []listedSource
	mustRun(t, &sources, "datasource", "list", "--nats-url", url)
	var names []string
	for _, s := range sources {
		names = append(names, s.Namespace+"/"+s.ID)
		if s.Version != 1 || len(s.Keys) == 0 || !json.Valid([]byte(s.Schema)) || len(s.Instances) != 1 ||
			s.Instances[0].Instance != "e1" || len(s.Instances[0].Partitions) != 16 {
			t.Errorf("got %+v", s)
		}
	}
	if want := []string{"tracee/containers", "tracee/dns", "tracee/process_tree"}; !reflect.DeepEqual(names, want) {
		t.Errorf("got %q", names)
	}
	out, _, err := invoke(t, "datasource", "list", "--nats-url", url)
	if err != nil || !strings.Contains(out, "tracee/process_tree  1        datasource.ProcKey, ") {
		t.Errorf("%v\n%s", err, out)
	}
	if _, _, err := invoke(t, "datasource", "list", "--nats-url", url, "--wait", "0s"); err == nil || !strings.Contains(err.Error(), "--wait is 0s") {
		t.Errorf("without patience: %v", err)
	}
	_, idle := bustest.RunListening(t)
	if _, _, err := invoke(t, "datasource", "list", "--nats-url", idle); err == nil || !strings.Contains(err.Error(), "no enricher is running") {
		t.Errorf("without an enricher: %v", err)
	}
	mustRun(t, &sources, "datasource", "list", "--nats-url", idle)
	if len(sources) != 0 {
		t.Errorf("got %+v", sources)
	}
}

// Partitions that nobody answers for are named.
func TestDataSourceListIsShort(t *testing.T) {
	conn, url := bustest.RunListening(t)
	server, err := conn.ServeDataSources(t.Context(), "e1", 16, []bus.DataSourceEndpoint{
		{Namespace: "tracee", ID: "dns", Partition: 3, Version: 1, Keys: []string{"string"}, Schema: "{}"},
	}, func(context.Context, string, string, []byte) ([]byte, error) { return nil, nil })
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	}()
	out, told, err := invoke(t, "datasource", "list", "--nats-url", url, "--wait", "2s")
	if err != nil || !strings.Contains(out, "tracee/dns") ||
		!strings.HasPrefix(told, "15 partitions of 16 did not answer within 2s: 0, 1, 2, 4, 5,") {
		t.Errorf("%v\n%s%s", err, out, told)
	}
}

func TestDataSourceKeys(t *testing.T) {
	_, url := bustest.RunListening(t)
	do := func(args ...string) (string, error) {
		out, _, err := invoke(t, append(append([]string{"datasource"}, args...), "--nats-url", url)...)
		return out, err
	}
	if _, err := do("put", "allowed", "a", "b"); err == nil || !strings.Contains(err.Error(), "--create makes it") {
		t.Errorf("without a bucket: %v", err)
	}
	var changed changedKey
	mustRun(t, &changed, "datasource", "put", "--create", "allowed", "2001:db8::1", `{"owner": "me"}`, "--nats-url", url)
	if !changed.Created || changed.Revision == 0 || changed.Key != "2001:db8::1" {
		t.Errorf("got %+v", changed)
	}
	for _, args := range [][]string{{"put", "allowed", "b", "te\x1bxt", "--ttl", "1h"}, {"put", "allowed", "_schema", `{"owner": "string"}`}} {
		if out, err := do(args...); err != nil || !strings.Contains(out, "set "+args[2]+" in allowed") {
			t.Errorf("%q: %v\n%s", args, err, out)
		}
	}
	for want, args := range map[string][]string{
		"begins like a JSON object": {"put", "allowed", "c", "{bad"}, "a schema is a JSON object": {"put", "allowed", "_schema", "bad"},
		"Weir's own": {"put", "weir_state", "a", "b"}, "too short": {"put", "allowed", "a", "b", "--ttl", "5ms"},
	} {
		if _, err := do(args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", args, err, want)
		}
	}
	var keys []listedKey
	mustRun(t, &keys, "datasource", "list-keys", "allowed", "--nats-url", url)
	if len(keys) != 3 || keys[0].Key != "2001:db8::1" || keys[0].Value["owner"] != "me" || keys[2].Problem != "" {
		t.Errorf("got %+v", keys)
	}
	out, err := do("list-keys", "allowed")
	if err != nil || !strings.Contains(out, "3 keys") || strings.Contains(out, "\x1b") {
		t.Errorf("%v\n%q", err, out)
	}
	if out, err := do("delete", "allowed", "b"); err != nil || out != "deleted b from allowed\n" {
		t.Errorf("%v\n%s", err, out)
	}
	var exit *run.ExitError
	if _, err := do("delete", "allowed", "b"); !errors.As(err, &exit) || exit.Code != exitNotFound {
		t.Errorf("again: %v", err)
	}
}
