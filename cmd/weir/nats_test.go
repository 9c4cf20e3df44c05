package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/bus/rights"
	"github.com/weirsec/weir/services/detector"
	"github.com/weirsec/weir/services/enricher"
	"github.com/weirsec/weir/services/notifier"
)

// weirOut runs a command and returns what it says.
func weirOut(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	root := newRoot()
	var out, messages bytes.Buffer
	root.SetArgs(args)
	root.SetOut(&out)
	root.SetErr(&messages)
	root.SetIn(strings.NewReader(""))
	root.SilenceErrors, root.SilenceUsage = true, true
	err = root.ExecuteContext(t.Context())
	return out.String(), messages.String(), err
}

// The account that the commands print and provision is one that the doctor finds
// well, for each role.
func TestNATSFromConfigToDoctor(t *testing.T) {
	t.Setenv("NATS_URL", "")
	dir := t.TempDir()
	small := []string{"--partitions", "2", "--max-store", "128MiB"}
	conf, messages, err := weirOut(t, append([]string{"nats", "config", "--keys", dir, "--node", "web.1"}, small...)...)
	if err != nil || strings.Count(messages, "made ") != 7 {
		t.Fatalf("%v\n%s", err, messages)
	}
	url := bustest.Configured(t, conf).ClientURL()
	as := func(user string, args ...string) []string {
		return append(args, "--nats-url", url, "--nats-nkey", filepath.Join(dir, user+".nk"))
	}
	// Before anything is made.
	stdout, _, err := weirOut(t, as("detector", "doctor", "--role", "detector")...)
	if err == nil || !strings.Contains(stdout, "WEIR_EVENTS is missing: run \"weir nats provision\"") {
		t.Errorf("%v\n%s", err, stdout)
	}
	provision := func(more ...string) provisioned {
		t.Helper()
		stdout, _, err := weirOut(t, append(append(as("admin", "nats", "provision", "--output", "json"), small...), more...)...)
		if err != nil {
			t.Fatal(err)
		}
		var result provisioned
		if err := json.Unmarshal([]byte(stdout), &result); err != nil {
			t.Fatal(err)
		}
		return result
	}
	things := (bus.Layout{}).Count() + 3*2
	for _, step := range []struct {
		args   []string
		action string
	}{{[]string{"--dry-run"}, bus.ActionCreate}, {nil, bus.ActionCreate}, {nil, bus.ActionNone}} {
		n := 0
		for _, c := range provision(step.args...).Changes {
			if c.Action == step.action {
				n++
			}
		}
		if n != things {
			t.Errorf("%v: %d times %s, want %d", step.args, n, step.action, things)
		}
	}
	for _, role := range rights.Roles() {
		user, args := role, []string{"doctor", "--role", role}
		if role == rights.Collector {
			continue // it looks at the machine too
		}
		stdout, _, err := weirOut(t, as(user, args...)...)
		if err != nil || !strings.Contains(stdout, "enough for "+role) || strings.Contains(stdout, checkBad+" ") {
			t.Errorf("%s: %v\n%s", role, err, stdout)
		}
	}
	stdout, _, err = weirOut(t, as("notifier", "doctor", "--role", "detector", "--nats-inbox-prefix", "_INBOX_notifier")...)
	if err == nil || !strings.Contains(stdout, "not enough for detector: may not publish to") {
		t.Errorf("%v\n%s", err, stdout)
	}
}

func TestNATSProvisionForPeople(t *testing.T) {
	url := bustest.Configured(t, "").ClientURL()
	args := []string{"nats", "provision", "--nats-url", url, "--max-store", "128MiB"}
	for _, c := range []struct {
		more []string
		want []string
	}{
		{[]string{"--dry-run"}, []string{"WEIR_RAW", "to create", "WEIR_RAW/enricher-p00…enricher-p15"}},
		{nil, []string{"weir_members", "created"}},
		{nil, []string{"as it was"}},
		{[]string{"--findings-age", "48h"}, []string{"max_age 720h0m0s → 48h0m0s", "changed"}},
	} {
		stdout, _, err := weirOut(t, append(args, c.more...)...)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			if !strings.Contains(stdout, want) {
				t.Errorf("%v: no %q in\n%s", c.more, want, stdout)
			}
		}
	}
	_, _, err := weirOut(t, append(args, "--partitions", "8")...)
	if err == nil || !strings.Contains(err.Error(), "another number of partitions") {
		t.Errorf("error is %v", err)
	}
}

func TestNATSConfigMistakes(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "no key is known of enricher, detector"},
		{[]string{"--keys", dir, "--user", "x"}, "want NAME=U"},
		{[]string{"--keys", dir, "--user", "x=U"}, `no user "x": the users are enricher`},
		{[]string{"--keys", dir, "--user", "enricher=SUAKEY"}, "never the seed"},
		{[]string{"--keys", dir, "--replicas", "2"}, "replicas are 2"},
	} {
		stdout, _, err := weirOut(t, append([]string{"nats", "config"}, c.args...)...)
		if err == nil || !strings.Contains(err.Error(), c.want) || stdout != "" {
			t.Errorf("%v: error is %v, want one with %q\n%s", c.args, err, c.want, stdout)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("keys were made: %v, %v", left, err)
	}
	if err := (&natsConfigOptions{}).run(io.Discard, io.Discard); err == nil {
		t.Error("options without an account are taken")
	}
}

// What is provisioned and granted is what the services read.
func TestReadersAreTheServices(t *testing.T) {
	stages := map[string]string{}
	for _, cfg := range []struct{ stage, stream string }{
		{(&enricher.Enricher{}).Stage(1).Stage, (&enricher.Enricher{}).Stage(1).Stream},
		{(&detector.Detector{}).Stage(1).Stage, (&detector.Detector{}).Stage(1).Stream},
		{(&notifier.Notifier{}).Stage(1).Stage, (&notifier.Notifier{}).Stage(1).Stream},
	} {
		stages[cfg.stage] = cfg.stream
	}
	if len(stages) != len(bus.Readers()) {
		t.Errorf("stages are %v", stages)
	}
	for _, r := range bus.Readers() {
		if stages[r.Stage] != r.Stream {
			t.Errorf("%s reads %q, %q is provisioned", r.Stage, stages[r.Stage], r.Stream)
		}
	}
}
