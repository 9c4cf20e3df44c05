package kernels

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

// output is what a test binary prints with -test.v=test2json: \x16 tells its own
// lines from those of tests.
const output = "\x16=== RUN   TestGood\n" +
	"\x16=== ATTR  TestGood event:openat sys_exit\n" +
	"\x16--- PASS: TestGood (0.01s)\n" +
	"\x16=== RUN   TestParts\n" +
	"\x16=== RUN   TestParts/one\n" +
	"    x_test.go:7: bad: very\n" +
	"\x16    --- FAIL: TestParts/one (0.00s)\n" +
	"\x16--- FAIL: TestParts (0.00s)\n" +
	"\x16=== RUN   TestSkipped\n" +
	"    x_test.go:9: no root: really\n" +
	"\x16--- SKIP: TestSkipped (0.00s)\n" +
	"\x16=== RUN   TestHangs\n" +
	"panic: oh\n"

func TestParse(t *testing.T) {
	results, err := parse(t.Context(), "bpf", []byte(output), 2)
	if err != nil {
		t.Fatal(err)
	}
	outcomes := map[string]string{}
	for _, r := range results {
		outcomes[r.Test] = r.Outcome
		if r.Package != "bpf" {
			t.Errorf("%+v", r)
		}
		switch r.Test {
		case "TestGood":
			if !reflect.DeepEqual(r.Attrs, [][2]string{{"event:openat", "sys_exit"}}) {
				t.Errorf("attributes %v", r.Attrs)
			}
		case "TestSkipped":
			if r.reason() != "no root: really" {
				t.Errorf("reason %q", r.reason())
			}
		case "TestParts/one":
			if !strings.Contains(r.Output, "bad: very") {
				t.Errorf("output %q", r.Output)
			}
		}
	}
	want := map[string]string{
		"TestGood": "pass", "TestParts": "fail", "TestParts/one": "fail", "TestSkipped": "skip", "TestHangs": "fail", "": "fail",
	}
	if !reflect.DeepEqual(outcomes, want) {
		t.Errorf("outcomes %v, want %v", outcomes, want)
	}
}

// A binary that dies before its first test must not look like one without tests.
func TestParseCrash(t *testing.T) {
	for _, c := range []struct {
		name, text string
		code       int
		want       string
	}{
		{"crash", "fatal error: out of memory\n", 2, "fail"},
		{"silent crash", "", 137, "fail"},
		{"no tests", "testing: warning: no tests to run\nPASS\n", 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			results, err := parse(t.Context(), "p", []byte(c.text), c.code)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if len(results) > 0 {
				got = results[0].Outcome
			}
			if got != c.want {
				t.Errorf("%q, want %q: %+v", got, c.want, results)
			}
		})
	}
	if _, err := collect("p", []byte("no JSON\n"), 0); err == nil {
		t.Error("a line that is no JSON")
	}
}

func TestMatrix(t *testing.T) {
	m := newMatrix([]Result{
		{Package: "inside", Test: "TestLoad", Outcome: "pass", Attrs: [][2]string{
			{"release", "6.1.0-50-cloud-amd64"},
			{"load", "too old (this is 6.1.0-50-cloud-amd64)"},
			{"event:openat", "sys_exit"},
			{"event:bpf", "off: lsm: refused"},
		}},
		{Package: "p", Test: "TestA", Outcome: "pass"},
		{Package: "p", Test: "TestA/part", Outcome: "pass"},
		{Package: "p", Test: "TestB/part", Outcome: "skip", Output: "    a_test.go:1: why\n"},
		{Package: "p", Test: "TestC", Outcome: "fail"},
	})
	want := "load\t-\ttoo old (this is 6.1)\n" +
		"event\topenat\tsys_exit\n" +
		"event\tbpf\toff: lsm: refused\n" +
		"test\tinside TestLoad\tpass\n" +
		"test\tp TestA\tpass\n" +
		"test\tp TestB/part\tskip: why\n"
	if m.String() != want {
		t.Errorf("got\n%s", m)
	}
	again, err := parseMatrix(want)
	if err != nil || !reflect.DeepEqual(again, m) {
		t.Errorf("%+v, %v", again, err)
	}
	other := Matrix{Rows: append([]Row{{"event", "new", "tp"}}, m.Rows[1:]...)}
	if got := difference(m, other); got != "- load\t-\ttoo old (this is 6.1)\n+ event\tnew\ttp\n" {
		t.Errorf("difference %q", got)
	}
	if got := difference(m, again); got != "" {
		t.Errorf("difference %q", got)
	}
	if _, err := parseMatrix("load\tok\n"); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("error %v", err)
	}
}

func TestPageText(t *testing.T) {
	good := Scenario{Name: "6.1", Guest: Guest{Kernel: debian("6.1", "amd64", "bookworm"), Hybrid: true}}
	old := Scenario{Name: "5.4", Guest: Guest{Kernel: ubuntu("5.4", "focal-updates", "linux-image-generic")}}
	matrices := map[string]Matrix{
		"6.1": {Rows: []Row{
			{"load", "-", "ok"},
			{"event", "openat", "sys_exit"},
			{"event", "bpf", "off: lsm: a|b"},
			{"test", "p TestA", "pass"},
			{"test", "p TestB", "skip: why"},
		}},
		"5.4": {Rows: []Row{{"load", "-", "too old"}, {"test", "p TestB", "skip: old"}}},
	}
	text := page([]Scenario{old, good}, func(s Scenario) Matrix { return matrices[s.Name] })
	for _, want := range []string{
		"| 5.4 | Ubuntu focal-updates, amd64 | too old | 0 pass, 1 skipped |\n",
		"| 6.1 | Debian bookworm, amd64, cgroup v1 and v2 | yes | 1 pass, 1 skipped |\n",
		"| event | 6.1 |\n|---|---|\n| `openat` | sys_exit |\n| `bpf` | – |\n",
		"- `bpf` on 6.1: lsm: a\\|b\n",
		"- p TestB on 6.1: why\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "TestB on 5.4") {
		t.Error("skips of a kernel on which nothing loads are listed")
	}
}

func FuzzCollect(f *testing.F) {
	f.Add([]byte(`{"Action":"run","Test":"T"}`+"\n"+`{"Action":"skip","Test":"T"}`), 0)
	f.Add([]byte(`{"Action":"attr","Test":"T","Key":"event:a","Value":"b"}`), 1)
	f.Fuzz(func(t *testing.T, lines []byte, code int) {
		results, err := collect("p", lines, code)
		if err != nil {
			return
		}
		for _, r := range results {
			if r.Outcome != "pass" && r.Outcome != "fail" && r.Outcome != "skip" {
				t.Fatalf("%+v", r)
			}
		}
		_ = newMatrix(results).String()
	})
}

func FuzzParseMatrix(f *testing.F) {
	f.Add("load\t-\tok\n")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := parseMatrix(text)
		if err != nil {
			return
		}
		if got := m.String(); got != text && got != text+"\n" {
			t.Fatalf("%q became %q", text, got)
		}
	})
}

func TestStaticProgramsOnly(t *testing.T) {
	if err := static("/bin/true"); err == nil || !strings.Contains(err.Error(), "CGO_ENABLED=0") {
		t.Errorf("error %v", err)
	}
	if err := static("results_test.go"); err == nil || !bytes.Contains([]byte(err.Error()), []byte("results_test.go")) {
		t.Errorf("error %v", err)
	}
}

func TestFind(t *testing.T) {
	for _, name := range Names() {
		if k, err := Find(name); err != nil || k.Name != name || len(k.Sources) == 0 {
			t.Errorf("%+v, %v", k, err)
		}
	}
	if _, err := Find("2.6"); err == nil || !strings.Contains(err.Error(), "6.12-arm64") {
		t.Errorf("error %v", err)
	}
}
