package source

import "sync/atomic"

// outcome is what became of a look-up in one of Weir's own sources.
type outcome int

// The outcomes, and how metrics call them.
const (
	byReplica outcome = iota
	byEvent
	byAnswer
	pending
	notFound
	refused
	outcomes
)

// String is the outcome as metrics call it.
func (o outcome) String() string {
	return [outcomes]string{"replica", "event", "answer", "pending", "not_found", "refused"}[o]
}

// counts are what happened to all look-ups since the process began.
type counts struct {
	lookups [outcomes]atomic.Uint64
	// forgotten are nodes that replicas forgot for want of memory.
	forgotten atomic.Uint64
}

func (c *counts) add(o outcome) { c.lookups[o].Add(1) }
