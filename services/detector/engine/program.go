package engine

import (
	"context"

	"github.com/weirsec/weir/signatures/sdk"
)

// Program is one loaded signature, whatever it is written in. It is immutable
// and shared by all partitions.
//
// What else a Program can do it says by further methods: see Stateful, Checked,
// Asking, Unwaiting and Tiered, and Hosted, Receiver, Remembering and Forgetful for its
// instances.
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

// Stateful is a Program whose instances remember something.
type Stateful interface {
	// State declares the stores, which instances get from their host.
	State() []sdk.StateSpec
}

// Checked is a Program that knows whether it can be loaded at all.
type Checked interface {
	// Check returns what is wrong with the signature.
	Check() error
}

// Tiered is a Program that says how it is evaluated.
type Tiered interface {
	// Tier returns the way, such as "go", "compiled" or "topdown", and why it
	// is that one where there are others; the answer may change at run time.
	Tier() (tier, reason string)
}

// Instance evaluates events for one partition, called by one goroutine at a
// time.
type Instance interface {
	// Evaluate looks at one event. An error that wraps ErrBudget says that the
	// evaluation was cut off; any other one that it could not be finished.
	Evaluate(ctx context.Context, in *Input) error
}

// Hosted is an Instance that uses state or data sources.
type Hosted interface {
	// UseHost is called once, before anything is evaluated.
	UseHost(h sdk.Host)
}

// Receiver is an Instance that wants signals.
type Receiver interface {
	// OnSignal may report like Evaluate and fails like it.
	OnSignal(ctx context.Context, s sdk.Signal) error
}

// Remembering is an Instance that remembers something besides declared state.
type Remembering interface {
	// Snapshot appends what it remembers to dst: the same events give the same
	// bytes.
	Snapshot(dst []byte) []byte
	// Restore puts what Snapshot wrote in the place of what it remembers. Bytes
	// that are no snapshot of it are an error and change nothing.
	Restore(data []byte) error
}
