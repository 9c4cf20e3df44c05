package stage

import (
	"context"
	"errors"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/schemas/ledger"
)

// Message is one input of a stage.
type Message struct {
	// Subject is where it was published, Partition its partition.
	Subject   string
	Partition int
	// ID is the publisher's message id, "" where it gave none.
	ID string
	// StreamSeq is the message's place in its stream.
	StreamSeq uint64
	// Delivered counts the attempts to handle the message, from 1.
	Delivered uint64
	// Replayed is true where an earlier owner of the partition has handled the
	// message and published what came of it: only what the handler remembers of it
	// is wanted, and it must not be counted again.
	Replayed bool
	// Partial is true where, besides, nobody remembers what was handled before the
	// messages that are replayed.
	Partial bool
	// Received is when this stage took the message, Stored when the stream did.
	Received, Stored time.Time
	// Since is when the stage began to read the partition, as far as it does not
	// remember more: what the stream gave up later it should have read.
	Since time.Time
	// Data is the payload, decompressed. The Handler may keep it.
	Data []byte
}

// Begins returns what a run of numbers is called that begins with what the
// message becomes, and when it begins: a replay begins the same run again, unless
// it is partial; then nobody is to look for what came before.
func (m *Message) Begins() (run uint64, at int64) {
	if run = max(m.StreamSeq, 1); m.Partial {
		return run, 1
	}
	return run, m.Arrival().Stored
}

// Arrival is what a handler's ledger is to know of the message.
func (m *Message) Arrival() ledger.Arrival {
	nanos := func(t time.Time) int64 {
		if t.IsZero() {
			return 0
		}
		return t.UnixNano()
	}
	return ledger.Arrival{Stored: nanos(m.Stored), Since: nanos(m.Since)}
}

// Output is a message that a stage publishes.
type Output = bus.Message

// Handler turns one message into outputs. It is called by one goroutine at a
// time: each partition has a Handler of its own, so it needs no locks for its
// state. Being called again with the same message must give the same outputs.
//
// An error marked with Permanent sends the message to the dead-letter stream
// with the reason; after any other the message is delivered again later.
type Handler interface {
	Handle(ctx context.Context, in Message) ([]Output, error)
}

// Committer is a Handler that wants to know when its outputs are safe with the
// broker; it is called before the input is acknowledged.
type Committer interface {
	Committed(ctx context.Context, in Message, outputs []Output, at time.Time)
}

// HandlerFunc adapts a function to a Handler.
type HandlerFunc func(ctx context.Context, in Message) ([]Output, error)

// Handle calls f.
func (f HandlerFunc) Handle(ctx context.Context, in Message) ([]Output, error) { return f(ctx, in) }

// permanentError marks an error that another attempt cannot mend.
type permanentError struct{ err error }

func (e *permanentError) Error() string { return e.err.Error() }

func (e *permanentError) Unwrap() error { return e.err }

// Permanent marks err as one that another attempt cannot mend, so that the
// message goes to the dead-letter stream at once. It returns nil for nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

// IsPermanent reports whether err, or an error it wraps, was marked with
// Permanent.
func IsPermanent(err error) bool {
	var p *permanentError
	return errors.As(err, &p)
}

// Keeper is a Handler that remembers: what it makes of a message depends on the
// messages before. The stage stores what it remembers now and then, and whoever
// takes the partition over restores that and hands it the messages since once
// more, without publishing what comes of them.
//
// Both methods are called between two messages, by the goroutine that calls
// Handle.
type Keeper interface {
	Handler
	// Checkpoint returns all that the handler remembers. Whoever restores it must
	// make of all later messages what this handler makes of them.
	Checkpoint() ([]byte, error)
	// Restore replaces what the handler remembers by a checkpoint, and forgets
	// everything where that is nil. The bytes may be of another version, or
	// damaged: then it returns an error and remembers nothing.
	Restore(checkpoint []byte) error
}
