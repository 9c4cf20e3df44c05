package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/weirsec/weir/bpf"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/golang"
	"github.com/weirsec/weir/signatures"
)

func TestWantedBy(t *testing.T) {
	set := goOnly()
	wanted := wantedBy(set)
	for event, want := range map[string]string{
		"ptrace":                  "wanted by 1 signature",
		"connect":                 "",
		"sched_process_exec":      "wanted by 2 signatures",
		"security_socket_connect": "wanted by 1 signature, narrowed to processes in containers",
	} {
		if got := wanted(event); got != want {
			t.Errorf("%s: %q, want %q", event, got, want)
		}
	}
	var programs []engine.Program
	for _, s := range signatures.Go() {
		if id := s.Metadata().ID; id == "shadow_read" || id == "ld_preload" {
			programs = append(programs, golang.New(s))
		}
	}
	var out strings.Builder
	printBanner(&out, bannerFacts{set: engine.NewSet(programs, engine.Limits{}), attachments: []bpf.Attachment{
		{Event: "security_file_open", Hook: "sys_exit", Attached: true},
	}})
	want := "attached, wanted by 2 signatures, narrowed to paths under /etc/gshadow|/etc/ld.so.preload|/etc/shadow\n"
	if !strings.Contains(out.String(), want) {
		t.Errorf("%q is not there:\n%s", want, out.String())
	}
}

func TestKernelFilter(t *testing.T) {
	if got := kernelFilter(interest.Of("ptrace")); got != "-" {
		t.Error(got)
	}
	i := interest.New(
		interest.Event{Name: "a", Scopes: []interest.Scope{{Comms: []string{"x"}, Origin: interest.OriginHost}}},
		interest.Event{Name: "b", Scopes: []interest.Scope{{Paths: []string{"/"}, Comms: []string{"x"}}}},
	)
	if got := kernelFilter(i); got != "comm, origin, path" {
		t.Error(got)
	}
}

// The list says of each signature what it needs.
func TestListedNeeds(t *testing.T) {
	var out bytes.Buffer
	if err := listJSON(&out, goOnly()); err != nil {
		t.Fatal(err)
	}
	var list []struct {
		ID    string           `json:"id"`
		Needs []interest.Event `json:"needs"`
	}
	if err := json.Unmarshal(out.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		if len(s.Needs) == 0 {
			t.Errorf("%s needs nothing", s.ID)
		}
		want := interest.Event{Name: "security_file_open", Scopes: []interest.Scope{{Paths: []string{"/etc/ld.so.preload"}}}}
		if s.ID == "ld_preload" && !interest.New(s.Needs...).Equal(interest.New(want)) {
			t.Errorf("%s needs %v", s.ID, s.Needs)
		}
	}
	out.Reset()
	if err := listTable(&out, goOnly()); err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(out.String(), "\n") {
		if fields := strings.Fields(line); len(fields) > 4 && fields[0] == "ld_preload" && fields[4] != "path" {
			t.Error(line)
		}
	}
}
