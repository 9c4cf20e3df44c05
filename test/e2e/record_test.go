package e2e

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// startRecord starts a recording and waits until it is under way.
func startRecord(t *testing.T, args ...string) *process {
	t.Helper()
	p := start(t, nil, "weir", append([]string{"record"}, args...)...)
	eventually(t, 20*time.Second, "the recording is under way", func() error {
		if !strings.Contains(p.stderr.String(), "recording ") {
			return fmt.Errorf("stderr is %q", p.stderr.String())
		}
		return nil
	})
	return p
}

// interrupt ends a recording as Ctrl-C does and returns what it told.
func interrupt(t *testing.T, p *process) string {
	t.Helper()
	_ = p.cmd.Process.Signal(syscall.SIGINT)
	select {
	case <-p.done:
	case <-time.After(20 * time.Second):
		t.Fatal("the recording does not end")
	}
	if p.err != nil {
		t.Fatalf("%v:\n%s", p.err, p.stderr.String())
	}
	return p.stderr.String()
}

// What was recorded of the kernel, in either form, gives the same findings in
// every replay.
func TestRecordAndReplay(t *testing.T) {
	needEBPF(t)
	dir := writeSignature(t, "/etc/passwd")
	for _, what := range []string{"raw", "events"} {
		t.Run(what, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "a.weir")
			p := startRecord(t, "--output", file, "--what", what, "--signatures", dir, "--node", "web-1")
			// Only what a marker tells apart is looked at: others open files, too.
			marker := fmt.Sprint("/etc/passwd-of-", what, time.Now().UnixNano())
			_ = exec.Command("cat", marker).Run()
			time.Sleep(300 * time.Millisecond)
			told := interrupt(t, p)
			if !strings.Contains(told, "recording web-1: processes, cgroups, execve, openat") || !strings.Contains(told, "; nothing lost\n") {
				t.Errorf("told:\n%s", told)
			}
			stdout, stderr, code := output(t, "weir", "replay", file, "--speed", "max", "--signatures", dir, "--output", "json")
			if code != 0 || !strings.Contains(stdout, marker) || !strings.Contains(stdout, "nodes/web-1\"") {
				t.Fatalf("exit code %d:\n%s\n%s", code, stdout, stderr)
			}
			again, _, _ := output(t, "weir", "replay", file, "--speed", "max", "--signatures", dir, "--output", "json")
			analyzed, _, code := output(t, "weir", "analyze", "--input", file, "--signatures", dir, "--output", "json")
			want := parseFindings(t, stdout)
			if !slices.EqualFunc(parseFindings(t, again), want, sameFound) || code != 0 || !slices.EqualFunc(parseFindings(t, analyzed), want, sameFound) {
				t.Errorf("found\n%s\nthen\n%s\nanalysed\n%s", stdout, again, analyzed)
			}
			_, stderr, code = output(t, "weir", "record", "--output", file, "--duration", "1s", "--signatures", dir)
			if code != 1 || !strings.Contains(stderr, "--force") {
				t.Errorf("exit code %d:\n%s", code, stderr)
			}
		})
	}
}

func TestRecordLimits(t *testing.T) {
	needEBPF(t)
	file := filepath.Join(t.TempDir(), "a.weir")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--duration", "300ms", "--pack", "none", "--signatures", t.TempDir()}, "; nothing lost\n"},
		{[]string{"--count", "5", "--event", "sched_process_exec", "--event", "openat"}, " after the end; "},
		{[]string{"--max-size", "1MiB", "--event", "*"}, "events of unknown kind: size_limit (recorder)\n"},
	} {
		p := startRecord(t, append(c.args, "--force", "--output", file)...)
		eventually(t, 30*time.Second, "the recording is over", func() error {
			_ = exec.Command("find", "/usr/share", "-maxdepth", "2", "-newer", "/etc/passwd").Run()
			_ = exec.Command("cat", "/etc/passwd").Run()
			select {
			case <-p.done:
				return nil
			default:
				return fmt.Errorf("not yet")
			}
		})
		if p.err != nil || !strings.Contains(p.stderr.String(), c.want) {
			t.Errorf("%v: %v, %q is not in\n%s", c.args, p.err, c.want, p.stderr.String())
		}
		if _, stderr, code := output(t, "weir", "replay", file, "--speed", "max"); code != 0 {
			t.Errorf("%v: the recording is not whole:\n%s", c.args, stderr)
		}
	}
	for _, args := range [][]string{{"--event", "no_such"}, {"--duration", "-1s"}, {"--what", "all"}, {"--nats-url", "nats://x", "--node", "n"}} {
		if _, stderr, code := output(t, "weir", append([]string{"record", "--output", file}, args...)...); code != 2 {
			t.Errorf("%v: exit code %d:\n%s", args, code, stderr)
		}
	}
}

// What a broker carries is recorded there and played there: what it had changes
// nothing, and as if it happened now it is found again.
func TestRecordAndReplayOverNATS(t *testing.T) {
	needEBPF(t)
	dir := writeSignature(t, "/etc/weir-marked")
	_, url := startRun(t, nil, "--signatures", dir)
	live := subscribe(t, url, "weir.findings.>")
	var files []string
	var recordings []*process
	for _, what := range []string{"raw", "events"} {
		file := filepath.Join(t.TempDir(), what)
		files = append(files, file)
		recordings = append(recordings, startRecord(t, "--output", file, "--what", what, "--event", "openat", "--nats-url", url))
	}
	time.Sleep(300 * time.Millisecond)
	_ = exec.Command("cat", "/etc/weir-marked").Run()
	eventually(t, 5*time.Second, "the finding", func() error {
		if n := len(live.all()); n != 1 {
			return fmt.Errorf("%d findings", n)
		}
		return nil
	})
	time.Sleep(300 * time.Millisecond)
	for _, p := range recordings {
		interrupt(t, p)
	}
	id := live.all()[0].Header.Get("Nats-Msg-Id")
	for i, file := range files {
		list, _ := replayJSON(t, 0, "", file, "--speed", "max", "--signatures", dir)
		if len(list) != 1 || list[0].id != id {
			t.Errorf("%s: found %v, want %s", file, list, id)
		}
		for _, now := range []bool{false, true} {
			args := []string{"replay", file, "--speed", "max", "--nats-url", url}
			want := 1 + i
			if now {
				args, want = append(args, "--now"), want+1
			}
			if _, stderr, code := output(t, "weir", args...); code != 0 || !strings.Contains(stderr, "published in") {
				t.Fatalf("%v: exit code %d:\n%s", args, code, stderr)
			}
			if !now {
				time.Sleep(500 * time.Millisecond)
			}
			eventually(t, 10*time.Second, "the findings", func() error {
				if n := len(live.all()); n != want {
					return fmt.Errorf("%v: %d findings, want %d", args, n, want)
				}
				return nil
			})
		}
	}
}
