package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestUsageErrors(t *testing.T) {
	for _, c := range []struct {
		name, want string
		args       []string
		code       int
	}{
		{"unknown flag", "unknown flag: --fast", []string{"run", "--fast"}, 2},
		{"unknown command", `unknown command "fly"`, []string{"fly"}, 2},
		{"unknown pack", "stable", []string{"run", "--pack", "golden"}, 2},
		{"no such directory", "no-such-dir", []string{"run", "--signatures", "no-such-dir"}, 1},
		{"bad output", "human or json", []string{"run", "--output", "xml"}, 2},
		{"bad size", "512MiB", []string{"run", "--max-store", "lots"}, 2},
		{"remote without authentication", "127.0.0.1", []string{"run", "--listen", "0.0.0.0:4222"}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.args[0] == "run" {
				c.args = append(c.args, "--data-dir", t.TempDir(), "--http", "off")
			}
			stdout, stderr, code := output(t, "weir", c.args...)
			if code != c.code || !strings.Contains(stderr, c.want) || stdout != "" {
				t.Errorf("exit code %d, want %d; stdout %q; stderr:\n%s", code, c.code, stdout, stderr)
			}
		})
	}
}

func TestBrokenRegoDoesNotStopTheOthers(t *testing.T) {
	needEBPF(t)
	watched := filepath.Join(t.TempDir(), "watched")
	writeFile(t, watched, "")
	dir := writeSignature(t, watched)
	writeFile(t, filepath.Join(dir, "broken.rego"), "package tracee.Broken\n\ntracee_match {\n    input.eventName = = 1\n}\n")
	weir, _ := startRun(t, nil, "--signatures", dir)
	if stderr := weir.stderr.String(); !strings.Contains(stderr, "broken.rego:4:") || !strings.Contains(stderr, "^") {
		t.Errorf("the broken file is not shown with line and caret:\n%s", stderr)
	}
	if err := exec.Command("cat", watched).Run(); err != nil {
		t.Fatal(err)
	}
	eventually(t, 5*time.Second, "the good signature's finding", func() error {
		if !strings.Contains(weir.stdout.String(), "Watch-0.1.0") {
			return fmt.Errorf("stdout is %q", weir.stdout.String())
		}
		return nil
	})
}

func TestBusyPorts(t *testing.T) {
	needEBPF(t)
	weir, url := startRun(t, nil)
	listen := strings.TrimPrefix(url, "nats://")
	_, stderr, code := output(t, "weir", "run", "--data-dir", t.TempDir(), "--listen", listen, "--http", "off")
	if code != 1 || !strings.Contains(stderr, listen) || !strings.Contains(stderr, "--listen") {
		t.Errorf("exit code %d:\n%s", code, stderr)
	}
	busy := strings.TrimPrefix(weir.http, "http://")
	_, stderr, code = output(t, "weir", "run", "--data-dir", t.TempDir(), "--http", busy)
	if code != 1 || !strings.Contains(stderr, busy) || !strings.Contains(stderr, "--http") {
		t.Errorf("exit code %d:\n%s", code, stderr)
	}
}

func TestDataDirectoryInUse(t *testing.T) {
	needEBPF(t)
	data := t.TempDir()
	startReady(t, nil, "weir", "run", "--data-dir", data)
	_, stderr, code := output(t, "weir", "run", "--data-dir", data, "--http", "off")
	if code != 1 || !strings.Contains(stderr, data) {
		t.Errorf("exit code %d:\n%s", code, stderr)
	}
}

// mount mounts a small file system of its own for a test.
func mount(t *testing.T, flags uintptr, options string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("mounting a file system needs root")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", flags, options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func TestReadOnlyDataDirectory(t *testing.T) {
	needEBPF(t)
	dir := mount(t, syscall.MS_RDONLY, "")
	_, stderr, code := output(t, "weir", "run", "--data-dir", dir, "--http", "off")
	if code != 1 || !strings.Contains(stderr, dir) || !strings.Contains(stderr, "--data-dir") {
		t.Errorf("exit code %d:\n%s", code, stderr)
	}
}

func TestFullDisk(t *testing.T) {
	needEBPF(t)
	dir := mount(t, 0, "size=16m")
	_, stderr, code := output(t, "weir", "run", "--data-dir", dir, "--http", "off")
	if code != 1 || !strings.Contains(stderr, dir) || !strings.Contains(stderr, "MiB free") {
		t.Errorf("exit code %d:\n%s", code, stderr)
	}
}

// A disk that fills up while Weir runs is told of at once, in words and to
// probes.
func TestDiskFillsUp(t *testing.T) {
	needEBPF(t)
	dir := mount(t, 0, "size=420m")
	weir := startReady(t, nil, "weir", "run", "--data-dir", filepath.Join(dir, "data"))
	fill, err := os.Create(filepath.Join(dir, "fill"))
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 1<<20)
	for err == nil {
		_, err = fill.Write(block)
	}
	if err := fill.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, 10*time.Second, "the program says that the disk is full", func() error {
		if !strings.Contains(weir.stderr.String(), "the disk is full") {
			return fmt.Errorf("stderr is %q", tail(weir.stderr.String()))
		}
		if body, err := httpGet(t.Context(), weir.http+"/readyz"); err == nil {
			return fmt.Errorf("ready all the same: %s", body)
		}
		return nil
	})
}

func TestKernelWithoutBTF(t *testing.T) {
	needEBPF(t)
	// A mount namespace in which /sys/kernel/btf is empty is what the loader
	// finds on a kernel that was built without it.
	script := `mount -t tmpfs none /sys/kernel/btf && exec "$@"`
	cmd := exec.Command("unshare", "--mount", "sh", "-c", script, "sh",
		program("weir"), "run", "--data-dir", t.TempDir(), "--http", "off")
	text, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(text), "BTF") || !strings.Contains(string(text), "weir demo") {
		t.Errorf("%v:\n%s", err, text)
	}
}

// asNobody runs a program as an ordinary user.
func asNobody(t *testing.T, args ...string) (text string, code int) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("changing to another user needs root")
	}
	cmd := exec.Command(program(args[0]), args[1:]...)
	cmd.Env = append(os.Environ(), "HOME=/nonexistent")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, _ := cmd.CombinedOutput()
	return string(out), cmd.ProcessState.ExitCode()
}

func TestRunWithoutRoot(t *testing.T) {
	text, code := asNobody(t, "weir", "run", "--http", "off")
	if code != 1 {
		t.Errorf("exit code %d", code)
	}
	for _, want := range []string{"CAP_BPF", "CAP_PERFMON", "weir demo"} {
		if !strings.Contains(text, want) {
			t.Errorf("does not name %s:\n%s", want, text)
		}
	}
}

func TestDemoWithoutRoot(t *testing.T) {
	began := time.Now()
	text, code := asNobody(t, "weir", "demo")
	if took := time.Since(began); code != 0 || took > 20*time.Second {
		t.Errorf("exit code %d after %v:\n%s", code, took, text)
	}
	for _, want := range []string{"└─", "evidence", "trace", "sudo weir run", "kernel→alert", "notify"} {
		if !strings.Contains(text, want) {
			t.Errorf("does not show %q:\n%s", want, text)
		}
	}
}

func TestDemoLive(t *testing.T) {
	needEBPF(t)
	stdout, stderr, code := output(t, "weir", "demo", "--live")
	if code != 0 || !strings.Contains(stdout, "└─") {
		t.Errorf("exit code %d:\n%s\n%s", code, stdout, stderr)
	}
}

func TestDemoJSON(t *testing.T) {
	stdout, stderr, code := output(t, "weir", "demo", "--output", "json")
	if code != 0 || stdout == "" {
		t.Fatalf("exit code %d:\n%s", code, stderr)
	}
	valid := newValidator(t)
	for line := range strings.Lines(stdout) {
		valid.check(t, []byte(line))
	}
}
