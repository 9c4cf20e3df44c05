package golang

import (
	"context"
	"fmt"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/signatures/sdk"
)

// instance is a signature at work in one partition.
type instance struct {
	signature sdk.Signature
	context   *sdk.Context
	input     *engine.Input
	// own is set where the signature belongs to this partition alone.
	own bool
	// broken is why the signature cannot look at events.
	broken error
}

func newInstance(s sdk.Signature, c *sdk.Context) *instance {
	i := &instance{signature: s, context: c}
	c.WithDerive(i.derive)
	if made, ok := s.(sdk.Instanced); ok {
		i.make(made)
	}
	return i
}

// make has a signature make the one for this partition.
func (i *instance) make(s sdk.Instanced) {
	defer func() {
		if value := recover(); value != nil {
			i.broken = fmt.Errorf("make an instance: panic: %v", value)
		}
	}()
	made, err := s.NewInstance(i.context)
	switch {
	case err != nil:
		i.broken = fmt.Errorf("make an instance: %w", err)
	case made == nil:
		i.broken = fmt.Errorf("make an instance: the signature made none")
	default:
		i.signature, i.own = made, true
	}
}

// Evaluate looks at one event.
func (i *instance) Evaluate(_ context.Context, in *engine.Input) error {
	if i.broken != nil {
		return i.broken
	}
	i.input = in
	return i.signature.OnEvent(i.context, in.Event)
}

// derive shares what is made of the event at hand with other signatures.
func (i *instance) derive(key any, build func(*event.Event) any) any {
	return i.input.Derive(key, build)
}

// Close ends a signature that belongs to this partition alone.
func (i *instance) Close() {
	if c, ok := i.signature.(sdk.Closer); ok && i.own {
		c.Close()
	}
}
