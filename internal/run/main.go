package run

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit codes of all binaries.
const (
	// ExitOK means success.
	ExitOK = 0
	// ExitFailed means that the work failed.
	ExitFailed = 1
	// ExitUsage means that the command line is wrong.
	ExitUsage = 2
)

// ExitError ends a process with a code of its own.
type ExitError struct {
	Code int
	// Err is shown to the user; nil says nothing more.
	Err error
}

// Error returns the text of Err.
func (e *ExitError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit code %d", e.Code)
	}
	return e.Err.Error()
}

// Unwrap returns Err.
func (e *ExitError) Unwrap() error { return e.Err }

// Main executes root until it returns or SIGINT or SIGTERM ends its context,
// shows an error on the command's standard error, and returns the exit code.
// A second signal ends the process the hard way.
func Main(ctx context.Context, root *cobra.Command) int {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)

	started := false
	root.SilenceErrors, root.SilenceUsage = true, true
	checkGroups(root)
	root.PersistentPreRun = func(*cobra.Command, []string) { started = true }
	ran, err := root.ExecuteContextC(ctx)
	if err == nil {
		return ExitOK
	}
	code := ExitFailed
	var exit *ExitError
	switch {
	case errors.As(err, &exit):
		code = exit.Code
		err = exit.Err
	case !started:
		// Cobra found fault with the command line before any work began.
		code = ExitUsage
		if !ran.HasSubCommands() {
			err = fmt.Errorf("%w\nUsage: %s", err, ran.UseLine())
		}
		err = fmt.Errorf("%w\nSee '%s --help'", err, ran.CommandPath())
	}
	if err != nil {
		root.PrintErrln(root.Name()+":", err)
	}
	return code
}
