package live

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/weirsec/weir/bpf"
)

// someAttachments are those of a machine that lets no security module in.
func someAttachments() []bpf.Attachment {
	second := []string{"lsm: not permitted", "fentry: not permitted", "kprobe: not compiled in"}
	return []bpf.Attachment{
		{Event: "connect", Hook: "sys_exit"},
		{Event: "openat", Hook: "sys_exit", Attached: true},
		{Event: "ptrace", Hook: "sys_exit", Reason: "refused by the kernel"},
		{Event: "sched_process_exec", Hook: "tp", Attached: true},
		{Event: "sched_process_exit", Hook: "tp", Attached: true},
		{Event: "security_bprm_check", Hook: "tp", Refused: second},
		{Event: "security_file_open", Hook: "sys_exit", Attached: true, Refused: second},
		{Event: "security_sb_mount", Hook: "sys_exit", Attached: true, Refused: second},
	}
}

func TestWriteGroups(t *testing.T) {
	var out strings.Builder
	if err := WriteGroups(&out, someAttachments()); err != nil {
		t.Fatal(err)
	}
	want := `EVENTS     OBSERVED  AT
lifecycle  2 of 2    tp
derived    2 of 3    sys_exit
files      1 of 1    sys_exit
network    0 of 1    -
kernel     0 of 1    -
`
	if out.String() != want {
		t.Errorf("got:\n%s", out.String())
	}
	all := someAttachments()
	all[6].Hook = "lsm"
	out.Reset()
	if err := WriteGroups(&out, all); err != nil || !strings.Contains(out.String(), "lsm 1, sys_exit 1\n") {
		t.Errorf("%v, got:\n%s", err, out.String())
	}
}

func TestWriteProblems(t *testing.T) {
	var out strings.Builder
	if err := WriteProblems(&out, someAttachments()); err != nil {
		t.Fatal(err)
	}
	want := `NOT ATTACHED  ptrace: refused by the kernel
Second best   security_file_open, security_sb_mount at sys_exit
              security_bprm_check at tp
                not at lsm, fentry: not permitted
                not at kprobe: not compiled in
`
	if out.String() != want {
		t.Errorf("got:\n%s", out.String())
	}
	out.Reset()
	if err := WriteProblems(&out, someAttachments()[:2]); err != nil || out.Len() > 0 {
		t.Errorf("%v, where nothing is wrong it says:\n%s", err, out.String())
	}
}

func TestWrapped(t *testing.T) {
	long := strings.Repeat("x", 40)
	for _, c := range []struct {
		names []string
		want  string
	}{
		{nil, ""},
		{[]string{"a", "b"}, "a, b"},
		{[]string{long, long, "abcd", "d"}, long + ", " + long + ", abcd,\n" + problemIndent + "d"},
		{[]string{long + long + long, "a"}, long + long + long + ",\n" + problemIndent + "a"},
	} {
		if got := wrapped(c.names); got != c.want {
			t.Errorf("%d names: got %q, want %q", len(c.names), got, c.want)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct{ refused, want []string }{
		{nil, nil},
		{[]string{"lsm: a: b"}, []string{"lsm: a: b"}},
		{[]string{"lsm: a", "fentry: b", "kprobe: a"}, []string{"lsm, kprobe: a", "fentry: b"}},
	} {
		if got := Refusals(c.refused); !slices.Equal(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.refused, got, c.want)
		}
	}
}

func TestWriteSummary(t *testing.T) {
	wanted := func(event string) string {
		return map[string]string{"openat": "wanted by 2 signatures", "ptrace": "wanted by 1 signature"}[event]
	}
	problems := `NOT ATTACHED  ptrace: refused by the kernel
Second best   security_file_open, security_sb_mount at sys_exit
              security_bprm_check at tp
                not at lsm, fentry: not permitted
                not at kprobe: not compiled in
`
	for _, c := range []struct {
		name   string
		wanted func(string) string
		want   string
	}{
		{"with signatures", wanted, `EVENT   HOOK      STATE
openat  sys_exit  attached, wanted by 2 signatures
ptrace  sys_exit  NOT ATTACHED: refused by the kernel

Events      2 others always on, 2 on, 2 off until a signature wants them (weir doctor --events lists them)
NOT ATTACHED  ptrace: refused by the kernel
`},
		{"before there are any", nil, `Events      2 always on, 3 on, 2 off until a signature wants them (weir doctor --events lists them)
` + problems},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			if err := WriteSummary(&out, someAttachments(), c.wanted); err != nil {
				t.Fatal(err)
			}
			if out.String() != c.want {
				t.Errorf("got:\n%s", out.String())
			}
		})
	}
}

// brokenPipe fails after so many bytes.
type brokenPipe struct{ left int }

func (b *brokenPipe) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, errors.New("broken pipe")
	}
	return len(p), nil
}

func TestSummaryTellsOfErrors(t *testing.T) {
	wanted := func(event string) string { return "wanted" }
	var whole strings.Builder
	if err := WriteSummary(&whole, someAttachments(), wanted); err != nil {
		t.Fatal(err)
	}
	for _, left := range []int{0, 60, whole.Len() - 1} {
		if err := WriteSummary(&brokenPipe{left}, someAttachments(), wanted); err == nil {
			t.Errorf("no error after %d bytes", left)
		}
	}
}
