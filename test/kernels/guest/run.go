package main

import (
	"errors"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/weirsec/weir/test/kernels/wire"
)

// sender sends the frames of several goroutines.
type sender struct {
	mu     sync.Mutex
	frames *wire.Writer
}

func (s *sender) send(f wire.Frame) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.frames.Write(f)
}

// output is where a program prints.
type output struct {
	program int
	to      *sender
}

func (o output) Write(text []byte) (int, error) {
	return len(text), o.to.send(wire.Frame{Program: o.program, Output: text})
}

// run runs one program and says how it ended.
func run(index int, p wire.Program, to *sender) error {
	cmd := exec.Command(p.Path, p.Args...)
	cmd.Dir = p.Dir
	cmd.Env = append(os.Environ(),
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "TMPDIR=/tmp", "USER=root")
	cmd.Env = append(cmd.Env, p.Env...)
	out := output{index, to}
	cmd.Stdout, cmd.Stderr = out, out
	// A process that it left behind may hold its output open.
	cmd.WaitDelay = 5 * time.Second
	err := cmd.Run()
	end := wire.Frame{Program: index, Exited: true}
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.Exited():
		end.Code = exit.ExitCode()
	case err != nil:
		end.Code, end.Error = 1, err.Error()
	}
	return to.send(end)
}
