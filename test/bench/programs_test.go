package bench

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// programs is the folder of Weir's programs, as users have them, and what is in
// their environment.
type programs struct {
	dir string
	env []string
}

// buildPrograms builds the three that work behind the collector.
func buildPrograms(t testing.TB) programs {
	t.Helper()
	dir := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", dir+"/")
	for _, name := range []string{"enricher", "detector", "notifier"} {
		build.Args = append(build.Args, "github.com/weirsec/weir/cmd/weir-"+name)
	}
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the programs: %v: %s", err, out)
	}
	return programs{dir: dir}
}

// program is one that runs.
type program struct {
	stage string
	cmd   *exec.Cmd
	log   programLog
}

// start runs a stage's program, which the test ends if nothing else does.
func (p programs) start(t testing.TB, url, stage, instance string, flags ...string) *program {
	t.Helper()
	r := &program{stage: stage}
	r.cmd = exec.Command(p.dir+"/weir-"+stage, append([]string{ //nolint:gosec // it was just built
		"--nats-url", url, "--http", "off", "--instance", instance, "--log-level", "debug",
	}, flags...)...)
	// A session of its own, as the kernel's scheduler shares out processors by
	// session first.
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	r.cmd.Env = append(os.Environ(), p.env...)
	r.cmd.Stdout, r.cmd.Stderr = &r.log, &r.log
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.stop(t)
		if t.Failed() {
			t.Logf("%s %s:\n%s", stage, instance, r.log.tail())
		}
	})
	return r
}

// stop has the program end in order; it may have ended before.
func (p *program) stop(t testing.TB) {
	t.Helper()
	if p.cmd.ProcessState != nil {
		return
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("%s: %v", p.stage, err)
	}
}

// shares waits until the program knows that it is one of n that share the
// partitions.
func (p *program) shares(t testing.TB, n int) {
	t.Helper()
	want := fmt.Sprintf(" instances=%d", n)
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if line := p.log.last("partitions distributed"); strings.HasSuffix(line, want) {
			return
		}
		if p.cmd.Process.Signal(syscall.Signal(0)) != nil {
			break
		}
	}
	t.Fatalf("%s does not share with %d:\n%s", p.stage, n, p.log.tail())
}

// used is the processor time that the program has taken so far.
func (p *program) used(t testing.TB) time.Duration {
	t.Helper()
	// The kernel's clock of another process, as clock_getcpuclockid(3) makes it.
	const processClock = 2
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^p.cmd.Process.Pid)<<3|processClock, &ts); err != nil {
		t.Fatal(err)
	}
	return time.Duration(ts.Nano())
}

// programLog is what a program says.
type programLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *programLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// last returns the last line with a text, "" where there is none.
func (l *programLog) last(text string) (found string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.Lines(l.text.String()) {
		if strings.Contains(line, text) {
			found = strings.TrimRight(line, "\n")
		}
	}
	return found
}

// tail returns the end of it.
func (l *programLog) tail() string {
	const most = 8000
	l.mu.Lock()
	defer l.mu.Unlock()
	text := l.text.String()
	return text[max(0, len(text)-most):]
}
