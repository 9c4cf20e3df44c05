package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/attack"
	"github.com/weirsec/weir/internal/run"
)

// TestMain lets the test program stand in for weir-generator where it is
// started again, as a whole or as the child of an attack.
func TestMain(m *testing.M) {
	if code, ours := attack.Child(os.Args); ours {
		os.Exit(code)
	}
	if os.Getenv("WEIR_GENERATOR_TEST_MAIN") != "" {
		main()
	}
	os.Exit(m.Run())
}

// invoke runs the command line with attacks of the test's own.
func invoke(ctx context.Context, attacks []attack.Attack, args ...string) (code int, stdout, stderr string) {
	c := newCommand(attacks)
	var out, errs bytes.Buffer
	c.SetOut(&out)
	c.SetErr(&errs)
	c.SetArgs(args)
	return run.Main(ctx, c), out.String(), errs.String()
}

// pair returns two attacks that count their runs; "bad" always fails.
func pair(runs map[string]int) []attack.Attack {
	make := func(id string, err error) attack.Attack {
		return attack.Attack{
			ID: id, Name: id, Description: "does " + id, Technique: "T1000", Signatures: []string{"sig_" + id},
			Run: func(_ context.Context, dir string) error {
				runs[id]++
				if _, err := os.Stat(dir); err != nil {
					return err
				}
				return err
			},
		}
	}
	return []attack.Attack{make("good", nil), make("bad", errors.New("no luck"))}
}

func TestExitCodes(t *testing.T) {
	cases := []struct {
		name   string
		args   []string
		code   int
		stdout string
		stderr string
	}{
		{"nothing", nil, 2, "", "say what to do: list or run"},
		{"unknown command", []string{"attack"}, 2, "", "unknown command"},
		{"unknown flag", []string{"run", "--fast"}, 2, "", "unknown flag: --fast"},
		{"unknown format", []string{"list", "--output", "xml"}, 2, "", "want human or json"},
		{"no attack", []string{"run"}, 2, "", "name at least one attack, or give --all; there are good, bad"},
		{"unknown attack", []string{"run", "good", "worse"}, 2, "", `unknown attack "worse"; there are good, bad`},
		{"both", []string{"run", "--all", "good"}, 2, "", "not both"},
		{"no count", []string{"run", "good", "--count", "0"}, 2, "", "--count 0: want at least 1"},
		{"negative delay", []string{"run", "good", "--delay", "-1s"}, 2, "", "--delay -1s"},
		{"argument to list", []string{"list", "good"}, 2, "", "See 'weir-generator list --help'"},
		{"good", []string{"run", "good"}, 0, "[1/1] ok", ""},
		{"bad", []string{"run", "bad"}, 1, "no luck", "1 of 1 attacks could not be performed"},
		{"all", []string{"run", "--all"}, 1, "[2/2] refused", "1 of 2 attacks"},
		{"list", []string{"list"}, 0, "does good", ""},
		{"version", []string{"--version"}, 0, "weir-generator ", ""},
		{"help", []string{"--help"}, 0, "Available Commands", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := invoke(t.Context(), pair(map[string]int{}), c.args...)
			if code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			if !strings.Contains(stdout, c.stdout) || (c.stdout == "" && stdout != "") {
				t.Errorf("stdout %q, want %q", stdout, c.stdout)
			}
			if !strings.Contains(stderr, c.stderr) || (c.stderr == "" && stderr != "") {
				t.Errorf("stderr %q, want %q", stderr, c.stderr)
			}
		})
	}
}

func TestRunCountsAndWaits(t *testing.T) {
	runs := map[string]int{}
	began := time.Now()
	code, stdout, _ := invoke(t.Context(), pair(runs), "run", "good", "--count", "3", "--delay", "20ms")
	if code != 0 || runs["good"] != 3 || runs["bad"] != 0 {
		t.Errorf("exit code %d after %v runs", code, runs)
	}
	if took := time.Since(began); took < 40*time.Millisecond {
		t.Errorf("three attacks with two delays of 20 ms took %s", took)
	}
	if lines := strings.Count(stdout, "\n"); lines != 3 {
		t.Errorf("%d lines of progress, want 3: %s", lines, stdout)
	}
}

func TestRunStops(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	runs := map[string]int{}
	code, _, stderr := invoke(ctx, pair(runs), "run", "good", "--count", "9", "--delay", "1h")
	if code != 1 || runs["good"] != 1 || !strings.Contains(stderr, "stopped after 1 of 9") {
		t.Errorf("exit code %d after %v runs: %s", code, runs, stderr)
	}
}

func TestJSON(t *testing.T) {
	_, stdout, _ := invoke(t.Context(), pair(map[string]int{}), "run", "--all", "--output", "json")
	var got []performed
	for line := range strings.Lines(stdout) {
		var p performed
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		got = append(got, p)
	}
	if len(got) != 2 || !got[0].OK || got[1].OK || got[1].Error != "no luck" || got[0].Signatures[0] != "sig_good" {
		t.Errorf("results are %+v", got)
	}
	if got[0].Time.IsZero() || got[0].Duration < 0 {
		t.Errorf("no time in %+v", got[0])
	}
	_, stdout, _ = invoke(t.Context(), attack.All(), "list", "--output", "json")
	for line := range strings.Lines(stdout) {
		var l listed
		if err := json.Unmarshal([]byte(line), &l); err != nil || l.ID == "" || l.Signatures == nil {
			t.Errorf("%q: %v", line, err)
		}
	}
}

// TestProgram starts the whole program, attacks and their children included.
func TestProgram(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "run", "anti_debugging", "fileless_execution", "read_passwd")
	cmd.Env = append(os.Environ(), "WEIR_GENERATOR_TEST_MAIN=1")
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Count(string(out), "] ok ") != 3 {
		t.Errorf("%v: %s", err, out)
	}
}
