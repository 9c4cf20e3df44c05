package main

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/weirsec/weir/bpf"
)

// found is what the doctor finds on a machine that lets no security module in.
func found() diagnosis {
	d := diagnosis{Accepted: true, Tier: "typed", Capabilities: []capability{}}
	for _, a := range []bpf.Attachment{
		{Event: "openat", Hook: "sys_exit", Program: "weir_sys_exit", Attached: true},
		{Event: "ptrace", Hook: "sys_exit", Program: "weir_sys_exit", Reason: "refused by the kernel"},
		{
			Event: "security_file_open", Hook: "sys_exit", Program: "weir_sys_exit", Attached: true,
			Refused: []string{"lsm: operation not permitted", "fentry: operation not permitted", "kprobe: none"},
		},
	} {
		d.Events = append(d.Events, newObserved(a))
	}
	return d
}

func TestDoctorByGroup(t *testing.T) {
	d := found()
	var out strings.Builder
	if err := d.write(&out, outputHuman); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"the kernel accepts the programs, the kind for Linux before 6.2: an event costs a little more\n",
		"derived  1 of 1    sys_exit\n", "files    1 of 1    sys_exit\n", "kernel   0 of 1    -\n",
		"NOT ATTACHED  ptrace: refused by the kernel\n",
		"Second best   security_file_open at sys_exit\n", "not at lsm, fentry: operation not permitted\n", "not at kprobe: none\n",
		"weir doctor --events\n", "Weir can watch this machine",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("does not say %q:\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "openat") || strings.Contains(out.String(), "\x1b") {
		t.Errorf("says more than matters:\n%s", out.String())
	}
}

func TestDoctorOnEachEvent(t *testing.T) {
	d := found()
	d.each = true
	var out strings.Builder
	if err := d.writeEvents(&out); err != nil {
		t.Fatal(err)
	}
	want := `EVENT               GROUP    CLASS   HOOK      STATE         REASON
openat              files    normal  sys_exit  attached      
ptrace              kernel   high    sys_exit  NOT ATTACHED  refused by the kernel
security_file_open  derived  normal  sys_exit  attached      not at lsm, fentry: operation not permitted; kprobe: none
`
	if out.String() != want {
		t.Errorf("got:\n%s", out.String())
	}
}

// JSON has everything, asked for or not.
func TestDoctorAsJSON(t *testing.T) {
	var out strings.Builder
	if err := found().write(&out, outputJSON); err != nil {
		t.Fatal(err)
	}
	var back struct {
		Tier   string
		Events []map[string]any
	}
	if err := json.Unmarshal([]byte(out.String()), &back); err != nil || back.Tier != "typed" {
		t.Fatalf("%v: %s", err, out.String())
	}
	want := []map[string]any{
		{"event": "openat", "group": "files", "class": "normal", "hook": "sys_exit", "program": "weir_sys_exit", "attached": true},
		{
			"event": "ptrace", "group": "kernel", "class": "high", "hook": "sys_exit", "program": "weir_sys_exit", "attached": false,
			"reason": "refused by the kernel",
		},
		{
			"event": "security_file_open", "group": "derived", "class": "normal", "hook": "sys_exit", "program": "weir_sys_exit",
			"attached": true, "refused": []any{"lsm: operation not permitted", "fentry: operation not permitted", "kprobe: none"},
		},
	}
	if !reflect.DeepEqual(back.Events, want) {
		t.Errorf("got %v", back.Events)
	}
}

func TestTierNotes(t *testing.T) {
	for _, tier := range []string{"fast", "typed", "compat"} {
		if tierNote(tier) == "" {
			t.Errorf("nothing about %s", tier)
		}
	}
	if tierNote("") != "" {
		t.Error("something about nothing")
	}
}

// What Weir itself uses an event for is said where nothing is worse.
func TestDoctorOnNames(t *testing.T) {
	for _, c := range []struct {
		a    bpf.Attachment
		want string
	}{
		{bpf.Attachment{Event: "net_packet_dns_response", Attached: true}, "recorded where a signature wants an event with an address"},
		{bpf.Attachment{Event: "net_packet_dns_response", Attached: true, Refused: []string{"weir_connect4: none"}}, "it tells them; not at weir_connect4: none"},
		{bpf.Attachment{Event: "net_packet_dns_response", Reason: "cgroup v2 is not mounted"}, "cgroup v2 is not mounted"},
		{bpf.Attachment{Event: "net_packet_dns", Attached: true}, ""},
	} {
		o := newObserved(c.a)
		if _, reason := o.state(); !strings.Contains(reason, c.want) || c.want == "" && reason != "" {
			t.Errorf("%+v: %q, want %q", c.a, reason, c.want)
		}
		text, err := json.Marshal(o)
		if err != nil || strings.Contains(string(text), `"use":`) != (c.a.Event == "net_packet_dns_response") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
