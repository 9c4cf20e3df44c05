package integrity

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/weirsec/weir/bpf"
)

// What cannot be looked at is said, exactly.
func TestExplain(t *testing.T) {
	const text = "ffffffff81000000 T _stext\nffffffff82000000 T _etext\n"
	const table = text + "ffffffff82100000 D sys_call_table\nffffffff82100010 d behind\n"
	amd64 := runtime.GOARCH == "amd64"
	for _, c := range []struct {
		name, kallsyms      string
		syscalls, directory string
		refused             int
	}{
		{"all", kernelSymbols, "", "", 0},
		{"no rights", "0000000000000000 T _stext\n", ErrHidden.Error(), ErrHidden.Error(), 0},
		{"functions only", text, ErrNoDispatch.Error(), "", 1},
		{"an older kernel", table, "", "", 0},
		{"nonsense", "nonsense\n", "line 1", "line 1", 0},
		{"none", "", "no such file", "no such file", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if c.kallsyms != "" {
				if err := os.WriteFile(filepath.Join(dir, "kallsyms"), []byte(c.kallsyms), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			s, err := Open(nil, dir, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			list := []bpf.Attachment{
				{Event: "hooked_syscall", Attached: true},
				{Event: "hooked_proc_fops", Attached: true},
				{Event: "openat", Attached: true},
				{Event: "hooked_syscall", Reason: "the program is refused"},
			}
			s.Explain(list)
			for i, want := range []string{c.syscalls, c.directory, ""} {
				if got := list[i]; got.Attached != (want == "") || !strings.Contains(got.Reason, want) || (got.Reason == "") != (want == "") {
					t.Errorf("%s: %+v, want %q", got.Event, got, want)
				}
			}
			if list[3].Reason != "the program is refused" {
				t.Errorf("%+v", list[3])
			}
			if amd64 && len(list[0].Refused) < c.refused {
				t.Errorf("%+v", list[0])
			}
		})
	}
}
