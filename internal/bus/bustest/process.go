package bustest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus/embed"
)

const (
	// processDir and processListen tell a copy of the test's program that it is
	// to be a broker.
	processDir, processListen = "WEIR_BUSTEST_DIR", "WEIR_BUSTEST_LISTEN"
	// processName, processRoute and processPeers make it one of a cluster.
	processName, processRoute, processPeers = "WEIR_BUSTEST_NAME", "WEIR_BUSTEST_ROUTE", "WEIR_BUSTEST_PEERS"
	readyLine                               = "broker ready"
)

// Process is a broker in a process of its own, which can be stopped in every
// way. The package's TestMain must begin with ServeProcess.
type Process struct {
	// URL is the same after a restart.
	URL string
	// Name is the server's in a cluster, "" for one that stands alone.
	Name         string
	dir, listen  string
	route, peers string
	cmd          *exec.Cmd
	stdin        io.Closer
}

// ServeProcess is a broker until its parent ends where the program was started
// by Spawn, and then exits; otherwise it does nothing.
func ServeProcess() {
	dir := os.Getenv(processDir)
	if dir == "" {
		return
	}
	// Tests that want others than loopback make a network that only they have.
	cfg := embed.Config{Dir: dir, Listen: os.Getenv(processListen), AllowRemote: true, MaxBytes: maxBytes, Reserve: 1, ServerName: os.Getenv(processName)}
	if route := os.Getenv(processRoute); route != "" {
		cfg.Cluster = &embed.Cluster{Name: "weir", Listen: route, Peers: strings.Split(os.Getenv(processPeers), ",")}
	}
	srv, err := embed.Start(cfg)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(readyLine)
	// The parent's end closes the pipe, however it ends.
	_, _ = io.Copy(io.Discard, os.Stdin)
	if err := srv.Shutdown(context.Background()); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Spawn starts a broker in a process of its own, which ends with the test.
// Nothing is provisioned.
func Spawn(t testing.TB) *Process {
	t.Helper()
	return SpawnIn(t, t.TempDir())
}

// SpawnAt is Spawn with an address of this machine that it listens at, and no other.
func SpawnAt(t testing.TB, host string) *Process {
	t.Helper()
	return spawn(t, t.TempDir(), host)
}

// SpawnIn is Spawn with the streams in a directory.
func SpawnIn(t testing.TB, dir string) *Process {
	t.Helper()
	return spawn(t, dir, "127.0.0.1")
}

func spawn(t testing.TB, dir, host string) *Process {
	t.Helper()
	p := &Process{dir: dir, listen: freeAddressAt(t, host)}
	p.URL = "nats://" + p.listen
	p.Start(t)
	t.Cleanup(func() { p.Kill(t) })
	return p
}

// SpawnCluster starts a cluster of n brokers, each in a process of its own, which
// end with the test. Nothing is provisioned.
func SpawnCluster(t testing.TB, n int) []*Process {
	t.Helper()
	var peers []string
	for range n {
		peers = append(peers, freeAddress(t))
	}
	var all []*Process
	for i, route := range peers {
		p := &Process{
			Name: fmt.Sprintf("node%d", i), dir: t.TempDir(), listen: freeAddress(t), route: route, peers: strings.Join(peers, ","),
		}
		p.URL = "nats://" + p.listen
		p.Start(t)
		t.Cleanup(func() { p.Kill(t) })
		all = append(all, p)
	}
	return all
}

// Start starts the broker again, where it was killed or stopped.
func (p *Process) Start(t testing.TB) {
	t.Helper()
	p.cmd = exec.Command("/proc/self/exe")
	p.cmd.Env = append(os.Environ(), processDir+"="+p.dir, processListen+"="+p.listen,
		processName+"="+p.Name, processRoute+"="+p.route, processPeers+"="+p.peers)
	p.cmd.Stderr = os.Stderr
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if strings.TrimSpace(line) != readyLine {
		t.Fatalf("broker says %q, %v", line, err)
	}
}

// Stop ends the broker in order.
func (p *Process) Stop(t testing.TB) {
	t.Helper()
	if err := errors.Join(p.stdin.Close(), p.cmd.Wait()); err != nil {
		t.Fatal(err)
	}
	p.cmd = nil
}

// Kill ends the broker at once; it may be stopped already.
func (p *Process) Kill(t testing.TB) {
	t.Helper()
	if p.cmd == nil {
		return
	}
	p.signal(t, syscall.SIGKILL)
	_ = p.cmd.Wait() // it was killed
	p.cmd = nil
	time.Sleep(time.Millisecond)
}

// Pause stops the broker as it is, with its connections.
func (p *Process) Pause(t testing.TB) {
	t.Helper()
	p.signal(t, syscall.SIGSTOP)
}

// Resume ends Pause.
func (p *Process) Resume(t testing.TB) {
	t.Helper()
	p.signal(t, syscall.SIGCONT)
}

func (p *Process) signal(t testing.TB, s syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}
