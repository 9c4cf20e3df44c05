package destination

import (
	"context"
	"errors"

	"github.com/weirsec/weir/schemas/finding"
)

// ErrClosed is returned, wrapped, by a Destination that takes no more findings
// ever, such as a pipe whose reader has gone. It ends delivery cleanly.
var ErrClosed = errors.New("destination closed")

// Finding is what a Destination is given.
type Finding struct {
	// CloudEvent is the event in structured JSON, as it was published.
	CloudEvent []byte
	// Detection is the event read back; its stamps are there where the
	// message's headers told them.
	Detection finding.Detection
}

// Destination takes findings. It is called by one goroutine at a time.
type Destination interface {
	// Name names the destination in metrics: a short word, always the same.
	Name() string
	// Deliver hands over one finding and returns when it is safe there. An
	// error means that it may or may not have arrived and can be tried again,
	// unless it wraps ErrClosed.
	Deliver(ctx context.Context, f Finding) error
}
