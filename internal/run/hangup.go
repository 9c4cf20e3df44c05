package run

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"
)

// errTerminal ends a process whose terminal was closed.
var errTerminal = errors.New("the terminal was closed")

// OnHangup returns a component that calls fn for each SIGHUP. Where the signal
// means that the terminal of this process was closed, it ends the process
// instead, as it would without the component.
func OnHangup(name string, fn func()) Component {
	return Component{Name: name, Run: func(ctx context.Context) error {
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, syscall.SIGHUP)
		defer signal.Stop(signals)
		onTerminal := hasTerminal()
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-signals:
				if onTerminal && !hasTerminal() {
					return errTerminal
				}
				fn()
			}
		}
	}}
}

// hasTerminal reports whether one of the standard streams is a terminal that
// still answers.
func hasTerminal() bool {
	for _, file := range []*os.File{os.Stdin, os.Stdout, os.Stderr} {
		if term.IsTerminal(int(file.Fd())) {
			return true
		}
	}
	return false
}
