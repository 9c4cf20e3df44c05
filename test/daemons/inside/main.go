// Command inside is what the tests' containers run. Its arguments are done one
// after another: a duration is slept, "wait" waits for a signal, "ask:SERVER/NAME"
// asks a DNS server for a name, "connect:ADDRESS" connects, "child" has a child
// process do the rest and waits for it; anything else is a file that is opened.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	for i, arg := range os.Args[1:] {
		pause, err := time.ParseDuration(arg)
		switch {
		case err == nil:
			select {
			case <-time.After(pause):
			case <-stop:
				return
			}
		case arg == "wait":
			<-stop
			return
		case arg == "child":
			must(arg, child(os.Args[i+2:]))
			return
		default:
			must(arg, do(arg))
		}
	}
}

// must ends the program where a step failed: its exit code tells.
func must(step string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", step, err)
		os.Exit(1)
	}
}

// child runs this program once more, until it ends or is told to.
func child(args []string) error {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/inside", args...)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); ctx.Err() == nil {
		return err
	}
	return nil
}

// do does one step that takes no time.
func do(step string) error {
	how, what, _ := strings.Cut(step, ":")
	switch how {
	case "ask":
		return ask(what)
	case "connect":
		connect(what)
		return nil
	}
	if f, err := os.Open(step); err == nil { // that it was tried is enough
		return f.Close()
	}
	return nil
}
