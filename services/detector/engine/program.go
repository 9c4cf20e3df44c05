package engine

import (
	"context"

	"github.com/weirsec/weir/signatures/sdk"
)

// Program is one loaded signature, whatever it is written in. It is immutable
// and shared by all partitions.
type Program interface {
	// Metadata and Selectors are as the author wrote them.
	Metadata() sdk.Metadata
	Selectors() []sdk.Selector
	// Digest identifies the content: the same text gives the same digest, and
	// a change of anything that could change a finding gives another.
	Digest() string
	// Source says where the signature comes from: a file, or a Go type.
	Source() string
	// NewInstance returns what evaluates events for one partition. Each match
	// of the event at hand is passed to report.
	NewInstance(report func(Report)) Instance
}

// Instance evaluates events for one partition, called by one goroutine at a
// time.
type Instance interface {
	// Evaluate looks at one event. An error that wraps ErrBudget says that the
	// evaluation was cut off; any other one that it could not be finished.
	Evaluate(ctx context.Context, in *Input) error
}
