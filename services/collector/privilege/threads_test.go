package privilege

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const status = `Name:	weir
CapInh:	0000000000000000
CapPrm:	0000000000080000
CapEff:	0000000000080000
CapBnd:	000001ffffffffff
CapAmb:	0000000000000000
NoNewPrivs:	1
Seccomp:	0
`

// Each kind of right that a thread may have kept is found, in whichever thread.
func TestVerify(t *testing.T) {
	want := threadRights{permitted: 0x80000, noNewPrivs: true, bounding: everything}
	for _, c := range []struct{ name, from, to, problem string }{
		{"as wanted", "", "", ""},
		{"permitted", "CapPrm:\t0000000000080000", "CapPrm:\t0000008000080000", "permitted set is 0x8000080000, not 0x80000"},
		{"less", "CapPrm:\t0000000000080000", "CapPrm:\t0000000000000000", "permitted set is 0x0"},
		{"effective", "CapEff:\t0000000000080000", "CapEff:\t0000008000080000", "effective"},
		{"inheritable", "CapInh:\t0000000000000000", "CapInh:\t0000008000000000", "inheritable"},
		{"ambient", "CapAmb:\t0000000000000000", "CapAmb:\t0000008000000000", "ambient"},
		{"no_new_privs", "NoNewPrivs:\t1", "NoNewPrivs:\t0", "no_new_privs is false"},
		{"a line is missing", "CapAmb:\t0000000000000000\n", "", "1 of 6 lines"},
		{"a line is broken", "CapAmb:\t0000000000000000", "CapAmb:\tnone", "CapAmb: "},
		{"a line twice", "CapAmb:\t0000000000000000\n", "CapAmb:\t0\nCapAmb:\t0\n", "CapAmb is there twice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range map[string]string{
				"100": status, "101": strings.Replace(status, c.from, c.to, 1), "102": status,
			} {
				writeTask(t, dir, name, text)
			}
			// A thread that has ended leaves nothing to read.
			if err := os.Mkdir(filepath.Join(dir, "103"), 0o700); err != nil {
				t.Fatal(err)
			}
			err := verify(dir, want)
			switch {
			case c.problem == "" && err != nil:
				t.Error(err)
			case c.problem != "" && (err == nil || !strings.Contains(err.Error(), c.problem) || !strings.Contains(err.Error(), "thread 101")):
				t.Errorf("got %v, want %q of thread 101", err, c.problem)
			}
		})
	}
	want.bounding = 0
	dir := t.TempDir()
	writeTask(t, dir, "1", status)
	if err := verify(dir, want); err == nil || !strings.Contains(err.Error(), "bounding set is 0x1ffffffffff, not 0x0") {
		t.Errorf("got %v", err)
	}
}

func writeTask(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name, "status"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// No threads at all is no proof.
func TestVerifyNeedsThreads(t *testing.T) {
	if err := verify(t.TempDir(), threadRights{}); err == nil || !strings.Contains(err.Error(), "none in") {
		t.Errorf("got %v", err)
	}
	if err := verify(filepath.Join(t.TempDir(), "none"), threadRights{}); err == nil {
		t.Error("a directory that is not there passes")
	}
}

// What is read is either told in full or refused: no set is silently empty.
func FuzzParseStatus(f *testing.F) {
	f.Add(status)
	f.Add("")
	f.Add("CapInh:\t-1\n")
	f.Add(strings.ReplaceAll(status, "\t", " "))
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := parseStatus(text); err != nil {
			return
		}
		for _, key := range []string{"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs"} {
			lines := 0
			for line := range strings.Lines(text) {
				if strings.HasPrefix(line, key+":") {
					lines++
				}
			}
			if lines != 1 {
				t.Errorf("%d lines of %s are taken", lines, key)
			}
		}
	})
}
