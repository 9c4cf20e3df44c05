package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// syncBuffer collects a process's output while others read it.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// process is a running program.
type process struct {
	t              *testing.T
	cmd            *exec.Cmd
	stdout, stderr syncBuffer
	done           chan struct{}
	err            error
	http           string
}

// start runs a program and stops it when the test ends.
func start(t *testing.T, env []string, name string, args ...string) *process {
	t.Helper()
	return startAs(t, nil, env, name, args...)
}

// startAs is start as another user; nil is the one who tests.
func startAs(t *testing.T, as *syscall.SysProcAttr, env []string, name string, args ...string) *process {
	t.Helper()
	cmd := exec.Command(program(name), args...)
	cmd.SysProcAttr = as
	return startCommand(t, cmd, env)
}

// startIn is start in a directory.
func startIn(t *testing.T, dir string, env []string, words ...string) *process {
	t.Helper()
	cmd := exec.Command(program(words[0]), words[1:]...)
	cmd.Dir = dir
	return startCommand(t, cmd, env)
}

func startCommand(t *testing.T, cmd *exec.Cmd, env []string) *process {
	t.Helper()
	p := &process{t: t, cmd: cmd, done: make(chan struct{})}
	name, args := filepath.Base(cmd.Path), cmd.Args[1:]
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		p.stop()
		if t.Failed() {
			t.Logf("%s %s\nstdout:\n%s\nstderr:\n%s", name, strings.Join(args, " "),
				tail(p.stdout.String()), tail(p.stderr.String()))
		}
	})
	return p
}

// tail keeps a failure's report readable.
func tail(text string) string {
	const most = 8000
	if len(text) > most {
		return "…" + text[len(text)-most:]
	}
	return text
}

// startReady runs a long-running program and waits until it says it is ready.
func startReady(t *testing.T, env []string, name string, args ...string) *process {
	t.Helper()
	return startReadyAs(t, nil, env, name, args...)
}

// startReadyAs is startReady as another user.
func startReadyAs(t *testing.T, as *syscall.SysProcAttr, env []string, name string, args ...string) *process {
	t.Helper()
	addr := freeAddress(t)
	p := startAs(t, as, env, name, append(args, "--http", addr)...)
	p.http = "http://" + addr
	p.waitReady(30 * time.Second)
	return p
}

func (p *process) waitReady(limit time.Duration) {
	p.t.Helper()
	eventually(p.t, limit, "the program is ready", func() error {
		select {
		case <-p.done:
			p.t.Fatalf("the program ended: %v", p.err)
		default:
		}
		body, err := httpGet(p.t.Context(), p.http+"/readyz")
		if err == nil && !strings.Contains(body, `"parts"`) {
			return errors.New("no part has spoken yet: " + body)
		}
		return err
	})
}

// stop ends the program with SIGTERM and returns its exit code.
func (p *process) stop() int {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(30 * time.Second):
		p.t.Errorf("%s did not stop within 30 s", p.cmd.Path)
		_ = p.cmd.Process.Kill()
		<-p.done
	}
	return p.cmd.ProcessState.ExitCode()
}

// output runs a program to its end.
func output(t *testing.T, name string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	return outputWith(t, nil, nil, name, args...)
}

// outputWith runs a program to its end with more environment and an input.
func outputWith(t *testing.T, env []string, stdin io.Reader, name string, args ...string) (string, string, int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program(name), args...)
	var stdout, stderr bytes.Buffer
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

// freeAddress returns a loopback address that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// httpGet returns the body of a 200 answer.
func httpGet(ctx context.Context, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers %s: %s", url, resp.Status, body)
	}
	return string(body), err
}

// eventually tries check until it succeeds.
func eventually(t *testing.T, limit time.Duration, what string, check func() error) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s: %v", limit, what, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
