package tracee

import "log/slog"

// Options say how signatures of Tracee are run. The zero Options are ready.
type Options struct {
	// Words gives flags, requests and families in words ("O_RDWR|O_CREAT",
	// "PTRACE_TRACEME") and types in C's names, as Tracee did up to v0.22. Without
	// it they are numbers, as from v0.23 on and as the newest types module
	// expects.
	Words bool
	// Logger is what the signatures log to; nil discards it.
	Logger *slog.Logger
}

func (o Options) logger() *slog.Logger {
	if o.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return o.Logger
}
