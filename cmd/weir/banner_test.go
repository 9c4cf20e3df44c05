package main

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/weirsec/weir/bpf"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/golang"
	"github.com/weirsec/weir/services/detector/rego"
	"github.com/weirsec/weir/signatures"
	"github.com/weirsec/weir/signatures/sdk"
)

func TestPrintBanner(t *testing.T) {
	var out strings.Builder
	printBanner(&out, bannerFacts{
		set: engine.NewSet(nil, engine.Limits{}), source: "watches web-1", dataDir: "/var/lib/weir",
		natsURL: "nats://127.0.0.1:4222",
		attachments: []bpf.Attachment{
			{Event: "sched_process_exec", Hook: "tp", Attached: true},
			{Event: "security_bprm_check", Hook: "lsm", Reason: "lockdown"},
			{Event: "ptrace", Hook: "sys_exit"},
		},
	})
	for _, want := range []string{
		"watches web-1", "Events      1 always on, 1 off until a signature wants them (weir doctor --events",
		"NOT ATTACHED  security_bprm_check: lockdown",
		"none: nothing will be found", "/var/lib/weir", "nats --server nats://127.0.0.1:4222 subscribe",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("does not say %q:\n%s", want, out.String())
		}
	}
	out.Reset()
	files := fstest.MapFS{"a.rego": {Data: []byte(`package a
import rego.v1
__rego_metadoc__ := {"id": "A", "eventName": "a"}
tracee_selected_events := [{"source": "tracee", "name": "no_such_event"}]
`)}, "b.rego": {Data: []byte(`package b
import rego.v1
__rego_metadoc__ := {"id": "B", "eventName": "b"}
tracee_selected_events := [{"source": "tracee", "name": "ptrace"}, {"source": "tracee", "name": "no_such_thing"},
	{"source": "tracee", "name": "a"}]
`)}, "c.rego": {Data: []byte(`package c
import rego.v1
__rego_metadoc__ := {"id": "C"}
tracee_selected_events := [{"source": "tracee"}, {"source": "tracee", "name": "a"}]
`)}}
	programs, _ := rego.NewLoader(rego.Options{}).Load(t.Context(), files, "")
	printBanner(&out, bannerFacts{
		set: engine.NewSet(programs, engine.Limits{}), attachments: []bpf.Attachment{{Event: "ptrace", Attached: true}},
	})
	for _, want := range []string{"A waits for no_such_event and for nothing else\n", "B waits for no_such_thing\n"} {
		if !strings.Contains(out.String(), want) || strings.Contains(out.String(), "C waits") {
			t.Errorf("does not say %q:\n%s", want, out.String())
		}
	}
	out.Reset()
	printBanner(&out, bannerFacts{set: engine.NewSet(nil, engine.Limits{})})
	if !strings.Contains(out.String(), "--listen") || strings.Contains(out.String(), "Metrics") {
		t.Errorf("got:\n%s", out.String())
	}
}

// Ids are their authors': none of them steers the terminal.
func TestBannerIsPrintable(t *testing.T) {
	evil := golang.New(evilID{signatures.Go()[0]})
	var out strings.Builder
	printBanner(&out, bannerFacts{set: engine.NewSet([]engine.Program{evil}, engine.Limits{})})
	if strings.Contains(out.String(), "\x1b") || !strings.Contains(out.String(), `ev\x1b[31mil`) {
		t.Errorf("got %q", out.String())
	}
}

// evilID is a signature whose id colours the terminal.
type evilID struct{ sdk.Signature }

func (e evilID) Metadata() sdk.Metadata {
	m := e.Signature.Metadata()
	m.ID = "ev\x1b[31mil"
	return m
}
