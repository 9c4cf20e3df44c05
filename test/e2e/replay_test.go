package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// demo is the recording that ships.
func demo(t *testing.T) string {
	t.Helper()
	return filepath.Join(moduleRoot(t), "cmd/weir/demo.weir")
}

// replayed is a finding as a test compares it: its id, event and time.
type replayed struct {
	id, signature, event string
	at                   time.Time
}

// parseFindings reads findings, one a line, in the order of their ids.
func parseFindings(t *testing.T, stdout string) (list []replayed) {
	t.Helper()
	for line := range strings.Lines(stdout) {
		var f struct {
			ID   string `json:"id"`
			Time time.Time
			Data struct {
				Signature struct{ ID string }
				Event     struct{ EventName string }
			}
		}
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		list = append(list, replayed{f.ID, f.Data.Signature.ID, f.Data.Event.EventName, f.Time})
	}
	slices.SortFunc(list, func(a, b replayed) int { return strings.Compare(a.id, b.id) })
	return list
}

// replayJSON replays with findings as JSON and the exit code that is wanted.
func replayJSON(t *testing.T, code int, stdin string, args ...string) (list []replayed, stderr string) {
	t.Helper()
	args = append([]string{"replay", "--output", "json"}, args...)
	stdout, stderr, got := outputWith(t, nil, strings.NewReader(stdin), "weir", args...)
	if got != code {
		t.Fatalf("%v: exit code %d, want %d:\n%s", args, got, code, stderr)
	}
	return parseFindings(t, stdout), stderr
}

// However a recording is played, and in whatever form, its findings have the ids
// that they always had.
func TestReplayGivesTheSame(t *testing.T) {
	want, stderr := replayJSON(t, 0, "", demo(t), "--speed", "max")
	if len(want) != 3 || !strings.Contains(stderr, "107 events, 3 findings\n") {
		t.Fatalf("%d findings:\n%s", len(want), stderr)
	}
	events := filepath.Join(t.TempDir(), "events.weir")
	stdout, stderr, code := output(t, "weir", "analyze", "--input", demo(t), "--record", events, "--output", "json")
	if code != 0 {
		t.Fatal(stderr)
	}
	if got := parseFindings(t, stdout); !slices.EqualFunc(got, want, sameFound) {
		t.Errorf("an analysis finds %v, a replay %v", got, want)
	}
	for _, args := range [][]string{{demo(t)}, {demo(t), "--speed", "3x"}, {events, "--speed", "max"}, {events, "--format", "events", "--speed", "max"}} {
		if got, _ := replayJSON(t, 0, "", args...); !slices.EqualFunc(got, want, sameFound) {
			t.Errorf("%v finds %v, want %v", args, got, want)
		}
	}
	if got, _ := replayJSON(t, 3, "", demo(t), "--speed", "max", "--fail-on-finding", "--signature", "shadow_read"); len(got) != 1 {
		t.Errorf("one signature found %v", got)
	}
	for _, file := range []string{demo(t), events} {
		began := time.Now()
		got, _ := replayJSON(t, 0, "", file, "--speed", "max", "--now")
		for i, f := range got {
			if len(got) != len(want) || slices.ContainsFunc(want, func(w replayed) bool { return w.id == f.id }) || f.at.Before(began) || f.at.After(time.Now()) {
				t.Errorf("finding %d as if now: %v", i, f)
			}
		}
	}
}

func sameFound(a, b replayed) bool {
	return a.id == b.id && a.signature == b.signature && a.event == b.event && a.at.Equal(b.at)
}

// At its pace it takes as long as it took.
func TestReplayPace(t *testing.T) {
	took := func(speed string) time.Duration {
		began := time.Now()
		replayJSON(t, 0, "", demo(t), "--speed", speed)
		return time.Since(began)
	}
	fast, slow := took("max"), took("0.1x")
	// The recording's first and last batch lie more than 100 ms apart.
	if slow-fast < time.Second {
		t.Errorf("as fast as it goes in %s, at a tenth of its pace in %s", fast, slow)
	}
}

// What is whole of a broken recording is played, and the place is told.
func TestReplayBroken(t *testing.T) {
	whole := readFile(t, demo(t))
	cut := filepath.Join(t.TempDir(), "cut.weir")
	writeFile(t, cut, string(whole[:len(whole)-100]))
	list, stderr := replayJSON(t, 1, "", cut, "--speed", "max")
	if len(list) == 0 || !strings.Contains(stderr, "recording: offset ") || !strings.Contains(stderr, "unexpected EOF") {
		t.Errorf("%d findings:\n%s", len(list), stderr)
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"/no/such/file"}, 1, "no such file"},
		{[]string{demo(t), "--format", "events"}, 1, `want "WEIREVT1"`},
		{[]string{demo(t), "--speed", "slow"}, 2, "want original, max or a factor"},
		{[]string{demo(t), "--node", "n"}, 2, "--node is for Tracee's events"},
		{[]string{demo(t), "--nats-url", "nats://127.0.0.1:1", "--pack", "stable"}, 2, "--pack means nothing with --nats-url"},
		{[]string{demo(t), "--nats-url", "nats://127.0.0.1:1"}, 1, "127.0.0.1:1"},
		{nil, 2, "accepts 1 arg(s)"},
	} {
		if _, stderr := replayJSON(t, c.code, "", c.args...); !strings.Contains(stderr, c.want) {
			t.Errorf("%v: %q is not in\n%s", c.args, c.want, stderr)
		}
	}
}

// Tracee's events give the findings that Tracee's engine gave, through all
// stages as in an analysis.
func TestReplayTracee(t *testing.T) {
	cases := recordedCases(t, "rego-signatures/v0.22.6/*/*.json")
	for _, container := range []bool{false, true} {
		t.Run(fmt.Sprint("container=", container), func(t *testing.T) {
			stream, want, ids := recordedStream(t, cases, container)
			args := []string{"replay", "-", "--speed", "max", "--pack", "tracee-parity", "--output", "json", "--node", "n"}
			for _, id := range ids {
				args = append(args, "--signature", id)
			}
			stdout, stderr, code := outputWith(t, nil, strings.NewReader(stream), "weir", args...)
			if code != 0 {
				t.Fatalf("exit code %d:\n%s", code, stderr)
			}
			// Findings of several partitions come as they come.
			lines := slices.SortedFunc(strings.Lines(stdout), func(a, b string) int { return sequenceOf(t, a) - sequenceOf(t, b) })
			compareRecorded(t, "replay", strings.Join(lines, ""), want)
		})
	}
}

func sequenceOf(t *testing.T, line string) int {
	t.Helper()
	var f struct{ Sequence string }
	if err := json.Unmarshal([]byte(line), &f); err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(f.Sequence)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Lines that are no events are told and counted, and findings say that something
// is missing.
func TestReplayTraceeInvalid(t *testing.T) {
	dir := writeSignature(t, "/etc/passwd")
	input := openat("/etc/passwd") + "not json\n{}\n" + openat("/etc/passwd-")
	list, stderr := replayJSON(t, 1, input, "-", "--speed", "max", "--signatures", dir)
	for _, want := range []string{"line 2: event: not JSON", "line 3: no event: it has no name", "2 events, 2 findings, 2 invalid lines\n"} {
		if len(list) != 2 || !strings.Contains(stderr, want) {
			t.Errorf("%d findings, %q is not in\n%s", len(list), want, stderr)
		}
	}
	again, _ := replayJSON(t, 0, input, "-", "--speed", "max", "--signatures", dir, "--skip-invalid")
	if !slices.EqualFunc(list, again, sameFound) {
		t.Errorf("%v, and then %v", list, again)
	}
	file := filepath.Join(t.TempDir(), "events.json")
	writeFile(t, file, input)
	first, _ := replayJSON(t, 0, "", file, "--skip-invalid", "--signatures", dir)
	writeFile(t, file, input+openat("/etc/hosts"))
	changed, _ := replayJSON(t, 0, "", file, "--skip-invalid", "--signatures", dir)
	if len(first) != 2 || len(changed) != 2 || first[0].id == changed[0].id || first[0].id == changed[1].id {
		t.Errorf("a changed file gives %v after %v", changed, first)
	}
}

// "weir run" reads a Tracee's events as they come, without privileges, shows
// findings at once, and ends with them.
func TestRunOnTracee(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("becoming another user needs root")
	}
	// Others must be able to read it, and to write their state.
	home, err := os.MkdirTemp("", "weir-e2e-home-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(home) })
	writeFile(t, filepath.Join(home, "watch.rego"), strings.ReplaceAll(exampleSignature, "PREFIX", "/etc/passwd"))
	const nobody = 65534
	for _, name := range []string{home, filepath.Join(home, "watch.rego")} {
		if err := os.Chown(name, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	weir := &process{t: t, done: make(chan struct{})}
	weir.cmd = exec.Command(program("weir"), "run", "--source", "tracee:-", "--signatures", home, "--data-dir", filepath.Join(home, "data"), "--http", "off")
	weir.cmd.Env = []string{"HOME=" + home, "PATH=/usr/bin:/bin"}
	weir.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	weir.cmd.Stdout, weir.cmd.Stderr = &weir.stdout, &weir.stderr
	in, err := weir.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := weir.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		weir.err = weir.cmd.Wait()
		close(weir.done)
	}()
	for i := range 3 {
		if _, err := fmt.Fprint(in, openat("/etc/passwd"+fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
		eventually(t, 10*time.Second, "the finding on the terminal", func() error {
			if n := strings.Count(weir.stdout.String(), "Watched File"); n != i+1 {
				return fmt.Errorf("%d findings:\n%s%s", n, weir.stdout.String(), weir.stderr.String())
			}
			return nil
		})
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-weir.done:
	case <-time.After(20 * time.Second):
		t.Fatal("it does not end with its input")
	}
	if weir.err != nil || !strings.Contains(weir.stderr.String(), "reads Tracee's events from standard input") {
		t.Errorf("%v:\n%s", weir.err, weir.stderr.String())
	}
}
