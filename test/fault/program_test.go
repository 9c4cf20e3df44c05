package fault

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// again is how long whoever starts services waits before it starts one that has
// ended by itself, as systemd does.
const again = 300 * time.Millisecond

// program is a program that is started again when it ends by itself.
type program struct {
	name string
	make func() *exec.Cmd
	log  *os.File
	// at is the namespace that it runs in, nil for this one.
	at *cable
	// once is for one that is done when it ends with 0.
	once bool

	mu   sync.Mutex
	cmd  *exec.Cmd
	want bool
	work sync.WaitGroup
	// ended says how it ended by itself.
	ended []string
	done  chan struct{}
}

// newProgram makes a program, which ends with the test, and the file for its log.
func newProgram(t testing.TB, dir, name string, command func() *exec.Cmd) *program {
	t.Helper()
	log, err := os.Create(filepath.Join(dir, name+".log"))
	if err != nil {
		t.Fatal(err)
	}
	p := &program{name: name, make: command, log: log, done: make(chan struct{})}
	t.Cleanup(func() {
		p.kill()
		_ = log.Close() // only a log
	})
	return p
}

// start starts it where it does not run.
func (p *program) start() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.done:
		return
	default:
	}
	if p.want {
		return
	}
	p.want = true
	p.work.Go(p.supervise)
}

func (p *program) supervise() {
	for p.launch() {
		err := p.cmd.Wait()
		p.mu.Lock()
		by := fmt.Sprint(err)
		fmt.Fprintln(p.log, "=== ended:", by)
		if p.once && err == nil {
			p.want = false
			close(p.done)
		}
		if p.want {
			p.ended = append(p.ended, by)
		}
		p.mu.Unlock()
		for until := time.Now().Add(again); time.Now().Before(until) && p.wanted(); {
			time.Sleep(10 * time.Millisecond)
		}
	}
}

func (p *program) wanted() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.want
}

func (p *program) launch() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.want {
		return false
	}
	p.cmd = p.make()
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	fmt.Fprintln(p.log, "=== started", time.Now().Format(time.RFC3339Nano))
	begin := p.cmd.Start
	if p.at != nil {
		begin = func() error { return p.at.start(p.cmd) }
	}
	if err := begin(); err != nil {
		p.ended = append(p.ended, err.Error())
		p.want = false
		return false
	}
	return true
}

// kill ends it at once, stop in order; neither starts it again.
func (p *program) kill() { p.end(syscall.SIGKILL) }

func (p *program) stop() { p.end(syscall.SIGTERM) }

func (p *program) end(s syscall.Signal) {
	p.mu.Lock()
	p.want = false
	p.send(s)
	if s != syscall.SIGKILL {
		p.send(syscall.SIGCONT)
	}
	p.mu.Unlock()
	p.work.Wait()
}

// signal sends a signal where it runs.
func (p *program) signal(s syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.want {
		p.send(s)
	}
}

func (p *program) send(s syscall.Signal) {
	if p.cmd != nil && p.cmd.Process != nil {
		_ = p.cmd.Process.Signal(s) // it may have ended
	}
}
