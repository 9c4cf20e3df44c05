package e2e

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/services/collector/privilege"
)

const nobody = 65534

// unitCapabilities are those that a unit of deploy/systemd grants.
func unitCapabilities(t *testing.T, unit string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(moduleRoot(t), "deploy/systemd", unit))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "\nAmbientCapabilities=")
	line, _, _ := strings.Cut(rest, "\n")
	if !found || line == "" {
		t.Fatalf("%s grants no capabilities", unit)
	}
	return strings.Fields(line)
}

// asUser is an ordinary user with ambient capabilities, as systemd makes one.
func asUser(t *testing.T, names ...string) *syscall.SysProcAttr {
	t.Helper()
	// include/uapi/linux/capability.h
	numbers := map[string]uintptr{"CAP_NET_ADMIN": 12, "CAP_SYS_PTRACE": 19, "CAP_SYSLOG": 34, "CAP_PERFMON": 38, "CAP_BPF": 39}
	as := &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	for _, name := range names {
		n, known := numbers[name]
		if !known {
			t.Fatalf("the number of %s is not known to this test", name)
		}
		as.AmbientCaps = append(as.AmbientCaps, n)
	}
	return as
}

// userDir returns a directory that belongs to nobody.
func userDir(t *testing.T, mode os.FileMode) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "weir-user-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	giveTo(t, dir, mode)
	return dir
}

func giveTo(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := errors.Join(os.Chown(path, nobody, nobody), os.Chmod(path, mode)); err != nil {
		t.Fatal(err)
	}
}

// userSignature writes the example signature into a directory of nobody's.
func userSignature(t *testing.T, dir, prefix string) {
	t.Helper()
	file := filepath.Join(dir, "watch.rego")
	writeFile(t, file, strings.ReplaceAll(exampleSignature, "PREFIX", prefix))
	giveTo(t, file, 0o600)
}

// expectFinding reads a file until the process shows a finding more than before.
func expectFinding(t *testing.T, watched string, count func() int) {
	t.Helper()
	before := count()
	eventually(t, 20*time.Second, "a finding", func() error {
		if err := exec.Command("cat", watched).Run(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(200 * time.Millisecond)
		if count() == before {
			return fmt.Errorf("none")
		}
		return nil
	})
}

func (p *process) shown() int { return strings.Count(p.stdout.String(), "Watch-0.1.0") }

// expectRights wants every thread of a process to have these capabilities, as
// bits, besides what this kernel asks of whoever uses maps, and no way to more.
func (p *process) expectRights(bits uint64) {
	p.t.Helper()
	old, err := privilege.MapsNeedBPF()
	if err != nil {
		p.t.Fatal(err)
	}
	if old {
		bits |= 1 << 39
	}
	permitted := fmt.Sprintf("%016x", bits)
	eventually(p.t, 10*time.Second, "the process has given up its privileges", func() error {
		tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", p.cmd.Process.Pid))
		if err != nil || len(tasks) < 3 {
			return fmt.Errorf("%d threads: %w", len(tasks), err)
		}
		for _, task := range tasks {
			text, err := os.ReadFile(task)
			if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
				continue
			}
			if err != nil {
				return err
			}
			for key, want := range map[string]string{
				"CapInh": "0000000000000000", "CapAmb": "0000000000000000", "NoNewPrivs": "1", "CapPrm": permitted, "CapEff": permitted,
			} {
				if !strings.Contains(string(text), key+":\t"+want+"\n") {
					return fmt.Errorf("%s: %s is not %s:\n%s", task, key, want, text)
				}
			}
		}
		return nil
	})
}

// All of Weir as an ordinary user with what its unit grants: findings come, no
// thread keeps a right, its own user cannot look into it, and signatures are
// loaded again.
func TestRunAsOrdinaryUser(t *testing.T) {
	needEBPF(t)
	watched, other := filepath.Join(t.TempDir(), "watched"), filepath.Join(t.TempDir(), "other")
	writeFile(t, watched, "")
	writeFile(t, other, "")
	dir := userDir(t, 0o700)
	userSignature(t, dir, watched)
	as := asUser(t, unitCapabilities(t, "weir.service")...)
	weir := startReadyAs(t, as, nil, "weir", "run", "--data-dir", filepath.Join(userDir(t, 0o700), "data"), "--signatures", dir)
	expectFinding(t, watched, weir.shown)
	weir.expectRights(0)
	if text := weir.stderr.String(); strings.Contains(text, "NOT ATTACHED") != rootIsRefused(t) || strings.Contains(text, "without CAP_") {
		t.Errorf("something is missing:\n%s", text)
	}
	spy := exec.Command("cat", fmt.Sprintf("/proc/%d/environ", weir.cmd.Process.Pid))
	spy.SysProcAttr = asUser(t)
	if out, err := spy.CombinedOutput(); err == nil || !strings.Contains(string(out), "Permission denied") {
		t.Errorf("its own user reads its memory: %v: %s", err, out)
	}
	userSignature(t, dir, other)
	expectFinding(t, other, weir.shown)
	weir.expectRights(0)
	if code := weir.stop(); code != 0 {
		t.Errorf("ends with %d", code)
	}
}

// rootIsRefused reports whether even root cannot attach everything here.
func rootIsRefused(t *testing.T) bool {
	t.Helper()
	stdout, _, _ := output(t, "weir", "doctor")
	return strings.Contains(stdout, "NOT ATTACHED")
}

// The services as programs of their own: only the collector has capabilities.
func TestProgramsAsOrdinaryUser(t *testing.T) {
	needEBPF(t)
	_, url := bustest.RunListening(t)
	watched := filepath.Join(t.TempDir(), "watched")
	writeFile(t, watched, "")
	dir := userDir(t, 0o700)
	userSignature(t, dir, watched)
	startReadyAs(t, asUser(t), nil, "weir-enricher", "--nats-url", url)
	startReadyAs(t, asUser(t), nil, "weir-notifier", "--nats-url", url)
	startReadyAs(t, asUser(t), nil, "weir-detector", "--nats-url", url, "--signatures", dir)
	as := asUser(t, unitCapabilities(t, "weir-collector.service")...)
	collector := startReadyAs(t, as, nil, "weir-collector", "--nats-url", url, "--spool-dir", filepath.Join(userDir(t, 0o700), "spool"))
	findings := subscribe(t, url, "weir.findings.>")
	expectFinding(t, watched, func() int { return len(findings.all()) })
	collector.expectRights(0)
	if !strings.Contains(collector.stderr.String(), "Privileges  all capabilities are given up but ") {
		t.Errorf("does not say what it gave up:\n%s", collector.stderr.String())
	}
	if code := collector.stop(); code != 0 {
		t.Errorf("ends with %d", code)
	}
}

// With each capability missing in turn: the exact message and exit code 1, or a
// note, a metric, and findings all the same.
func TestWithoutEachCapability(t *testing.T) {
	needEBPF(t)
	_, url := bustest.RunListening(t)
	all := unitCapabilities(t, "weir.service")
	losses := map[string]string{
		"CAP_SYS_PTRACE": "of processes that were there before Weir", "CAP_NET_ADMIN": "no DNS message is seen",
		"CAP_SYSLOG": "hooked_syscall and hooked_proc_fops",
	}
	for i, missing := range all {
		some := slices.Delete(slices.Clone(all), i, i+1)
		commands := map[string][]string{
			"weir":           {"run", "--data-dir", filepath.Join(userDir(t, 0o700), "data")},
			"weir-collector": {"--nats-url", url, "--spool-dir", filepath.Join(userDir(t, 0o700), "spool")},
		}
		for name, args := range commands {
			t.Run(name+" without "+missing, func(t *testing.T) {
				if missing == "CAP_BPF" || missing == "CAP_PERFMON" {
					expectRefusal(t, asUser(t, some...), missing, name, args...)
					return
				}
				p := startReadyAs(t, asUser(t, some...), nil, name, args...)
				eventually(t, 10*time.Second, "the program says what is lost", func() error {
					if !strings.Contains(p.stderr.String(), "\n            without "+missing+": "+losses[missing]) {
						return errors.New("not yet")
					}
					return nil
				})
				body, err := httpGet(t.Context(), p.http+"/metrics")
				if err != nil || !contains(body, `weir_collector_capability_missing{capability="`+missing+`"} 1`) {
					t.Errorf("%v: no metric says that %s is missing", err, missing)
				}
				p.expectRights(0)
			})
		}
	}
}

// expectRefusal wants a program to end at once and to say what is missing.
func expectRefusal(t *testing.T, as *syscall.SysProcAttr, missing, name string, args ...string) {
	t.Helper()
	p := startAs(t, as, nil, name, append(args, "--http", "off")...)
	select {
	case <-p.done:
	case <-time.After(20 * time.Second):
		t.Fatal("runs without " + missing)
	}
	uses := map[string]string{
		"CAP_BPF":     "load programs into the kernel and make their maps",
		"CAP_PERFMON": "let the programs trace and read the kernel's memory",
	}
	want := name + ": cannot watch this machine: missing " + missing + " (to " + uses[missing] + ").\n"
	if code := p.cmd.ProcessState.ExitCode(); code != 1 || !strings.HasPrefix(lastLines(p.stderr.String(), 2), want) {
		t.Errorf("exit code %d:\n%s\nwant\n%s", code, p.stderr.String(), want)
	}
}

// lastLines returns the end of a text.
func lastLines(text string, n int) string {
	lines := slices.Collect(strings.Lines(text))
	return strings.Join(lines[max(0, len(lines)-n):], "")
}

// Root gives up everything too, but for what it cannot do without: files of
// another user that are closed to it. It says so.
func TestRunAsRootGivesUp(t *testing.T) {
	needEBPF(t)
	watched := filepath.Join(t.TempDir(), "watched")
	writeFile(t, watched, "")
	for _, c := range []struct {
		name       string
		signatures string
		data       string
		rights     uint64
		noted      string
	}{
		{"nothing of others", writeSignature(t, watched), filepath.Join(t.TempDir(), "data"), 0, "CAP_SYS_PTRACE until running processes are read\n"},
		{"others' signatures", userDir(t, 0o700), filepath.Join(t.TempDir(), "data"), 1 << 2, "CAP_DAC_READ_SEARCH to read "},
		{"others' data", writeSignature(t, watched), userDir(t, 0o700), 1 << 1, "CAP_DAC_OVERRIDE to write to "},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "others' signatures" {
				userSignature(t, c.signatures, watched)
			}
			weir := startReady(t, nil, "weir", "run", "--data-dir", c.data, "--signatures", c.signatures)
			expectFinding(t, watched, weir.shown)
			weir.expectRights(c.rights)
			if !strings.Contains(weir.stderr.String(), c.noted) {
				t.Errorf("does not say %q:\n%s", c.noted, weir.stderr.String())
			}
			// Loaded again, without what was given up.
			other := filepath.Join(t.TempDir(), "other")
			writeFile(t, other, "")
			writeFile(t, filepath.Join(c.signatures, "watch.rego"), strings.ReplaceAll(exampleSignature, "PREFIX", other))
			expectFinding(t, other, weir.shown)
			weir.expectRights(c.rights)
			if code := weir.stop(); code != 0 {
				t.Errorf("ends with %d", code)
			}
		})
	}
}

// A data directory that this user may not write to is named, with a way out.
func TestDataDirectoryOfAnother(t *testing.T) {
	needEBPF(t)
	as := asUser(t, unitCapabilities(t, "weir.service")...)
	whole, inner := t.TempDir(), filepath.Join(userDir(t, 0o755), "data")
	// Root ran here before, and left its streams.
	root := startReady(t, nil, "weir", "run", "--data-dir", inner)
	if code := root.stop(); code != 0 {
		t.Fatalf("ends with %d", code)
	}
	giveTo(t, inner, 0o700)
	giveTo(t, filepath.Join(inner, "weir.lock"), 0o600)
	for _, c := range []struct {
		name, dir string
		mode      os.FileMode
	}{{"closed", whole, 0o700}, {"with streams of root", inner, 0o700}, {"with readable streams of root", inner, 0o755}} {
		t.Run(c.name, func(t *testing.T) {
			dir := c.dir
			if dir == inner {
				if err := os.Chmod(filepath.Join(inner, "nats"), c.mode); err != nil {
					t.Fatal(err)
				}
			}
			p := startAs(t, as, nil, "weir", "run", "--data-dir", dir, "--http", "off")
			select {
			case <-p.done:
			case <-time.After(20 * time.Second):
				t.Fatal("runs all the same")
			}
			text := p.stderr.String()
			if code := p.cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(text, "data directory not writable: "+dir) || !strings.Contains(text, "--data-dir") {
				t.Errorf("exit code %d:\n%s", code, text)
			}
		})
	}
}
