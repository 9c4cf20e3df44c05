package daemons

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long a daemon may take to start or stop.
const patience = 60 * time.Second

// need skips a test where a program is missing, or fails it where WEIR_REQUIRE
// says that it must run.
func need(t testing.TB, programs ...string) {
	t.Helper()
	reason := ""
	if os.Geteuid() != 0 {
		reason = "running containers needs root"
	}
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			reason = fmt.Sprintf("%v (apt-get install docker.io containerd)", err)
		}
	}
	if reason == "" {
		return
	}
	if slices.Contains(strings.Split(os.Getenv("WEIR_REQUIRE"), ","), "docker") {
		t.Fatal("WEIR_REQUIRE=docker, but " + reason)
	}
	t.Skip(reason)
}

// daemon is a running one.
type daemon struct {
	name, dir string
	cmd       *exec.Cmd
	exited    chan struct{}
}

// start runs a daemon until stop, which its user must see to.
func start(t testing.TB, dir, name string, args ...string) *daemon {
	t.Helper()
	log, err := os.OpenFile(filepath.Join(dir, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	d := &daemon{name: name, dir: dir, cmd: exec.Command(name, args...), exited: make(chan struct{})}
	d.cmd.Stdout, d.cmd.Stderr = log, log
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = d.cmd.Wait() // How it ended is in its log.
		close(d.exited)
	}()
	return d
}

// stop ends the daemon.
func (d *daemon) stop(t testing.TB) {
	t.Helper()
	if t.Failed() {
		t.Logf("%s\n%s", d.name, d.log())
	}
	_ = d.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-d.exited:
	case <-time.After(patience):
		_ = d.cmd.Process.Kill()
		<-d.exited
		t.Errorf("%s did not end within %s", d.name, patience)
	}
}

// ready waits until ask succeeds.
func (d *daemon) ready(t testing.TB, ask func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		err := ask(ctx)
		if err == nil {
			return
		}
		select {
		case <-d.exited:
			t.Fatalf("%s has ended:\n%s", d.name, d.log())
		case <-ctx.Done():
			t.Fatalf("%s is not ready: %v\n%s", d.name, err, d.log())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// log returns the end of what the daemon wrote.
func (d *daemon) log() string {
	text, _ := os.ReadFile(filepath.Join(d.dir, d.name+".log"))
	return string(text[max(0, len(text)-4000):])
}

// workDir returns a directory for a daemon, with a path that is short enough
// for its sockets.
func workDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "weir-d-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		unmountBelow(t, dir)
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// unmountBelow takes away what a daemon left mounted.
func unmountBelow(t testing.TB, dir string) {
	t.Helper()
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Error(err)
	}
	lines := strings.Split(string(text), "\n")
	for _, line := range slices.Backward(lines) {
		if f := strings.Fields(line); len(f) > 4 && strings.HasPrefix(f[4], dir+"/") {
			if err := syscall.Unmount(f[4], syscall.MNT_DETACH); err != nil {
				t.Errorf("unmount %s: %v", f[4], err)
			}
		}
	}
}
