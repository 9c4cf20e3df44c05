package sdk

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestWhereIsValidated(t *testing.T) {
	for _, c := range []struct {
		event string
		where *Where
		want  string
	}{
		{"ptrace", nil, ""},
		{"ptrace", &Where{Comms: []string{"123456789012345"}}, ""},
		{"security_file_open", &Where{Paths: []string{"/etc/"}, UIDs: []uint32{0}}, ""},
		{"sched_process_exec", &Where{UIDs: []uint32{0}}, ""},
		{"*", &Where{Comms: []string{""}}, ""},
		{"ptrace", &Where{}, "it names nothing"},
		{"ptrace", &Where{Paths: []string{"/etc/"}}, "events of ptrace cannot be narrowed by a path"},
		{"sched_process_exec", &Where{Paths: []string{"/etc/"}}, "look at it in OnEvent"},
		{"*", &Where{Paths: []string{"/etc/"}}, "events of any name"},
		{"openat", &Where{Paths: []string{"/etc/", ""}}, "an empty text begins every path"},
		{"openat", &Where{Comms: []string{"1234567890123456"}}, "longer than the 15 bytes"},
	} {
		err := c.where.Validate(c.event)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s, %+v: %v, want %q", c.event, c.where, err, c.want)
		}
	}
}

func TestWhereAsText(t *testing.T) {
	w := Where{Paths: []string{"/etc/"}, Comms: []string{"cat", "ls"}, UIDs: []uint32{0}}
	if got := w.String(); got != "paths under /etc/, comm cat|ls, uid 0" {
		t.Error(got)
	}
	text, err := json.Marshal(Selector{Source: Source, Name: "openat"})
	if err != nil || strings.Contains(string(text), "Where") {
		t.Errorf("%s, %v", text, err)
	}
}
