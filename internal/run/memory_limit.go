package run

import (
	"context"
	"log/slog"
	"runtime/debug"
)

// memoryShare is which part of what the process may use Go's runtime tries to keep
// within, in percent; the rest is for what it does not count: the program itself,
// maps of the kernel, stacks of C.
const memoryShare = 90

// LimitMemory has Go's runtime collect garbage as often as it takes to stay within
// what the process may use, instead of being killed for what nobody needs any
// more. Of what the runtime counts, so many bytes are untouched and take no memory:
// they come on top of the limit. Whoever has set one by GOMEMLIMIT keeps it. It
// lasts until release is called.
func (f *Frame) LimitMemory(ctx context.Context, untouched int, getenv func(string) string) (release func()) {
	if getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	size, err := Memory()
	if err != nil {
		f.Logger.LogAttrs(ctx, slog.LevelWarn, "memory is not limited: GOMEMLIMIT sets a limit without looking", slog.Any("error", err))
		return func() {}
	}
	before := debug.SetMemoryLimit(int64(size/100*memoryShare) + int64(untouched)) //nolint:gosec // no machine has so much
	return func() { debug.SetMemoryLimit(before) }
}
