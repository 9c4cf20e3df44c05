package run

import "context"

// Component is one long-running part of a process.
type Component struct {
	// Name is what messages call it.
	Name string
	// Run works until ctx ends and returns nil on a clean stop. It finishes
	// what it has in hand before it returns.
	Run func(ctx context.Context) error
	// Drain, if set, is called before Run's context ends and returns when the
	// component has nothing left to do, or when its own context ends.
	Drain func(ctx context.Context) error
}
