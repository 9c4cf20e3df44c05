package batch

import "github.com/weirsec/weir/schemas/event"

// slabs is the memory that decoded batches are made of, one piece of a kind for
// a batch.
type slabs struct {
	reuse     bool
	events    []event.Event
	values    []event.Value
	contexts  []event.Context
	processes []event.Process
	labels    []event.Labels
}

// slab returns memory for n elements: new, or what is kept where reuse allows
// it. Elements may then hold anything, so that all of them must be written.
func slab[T any](reuse bool, kept *[]T, n int) []T {
	if !reuse {
		return make([]T, n)
	}
	if cap(*kept) < n {
		*kept = make([]T, n+n/4)
	}
	return (*kept)[:n]
}
