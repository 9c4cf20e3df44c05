package golang

import (
	"context"
	"errors"
	"fmt"

	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/signatures/sdk"
)

// owned evaluates a signature that each partition has one of its own of. It is
// made when the first event comes: by then the engine has given access to data
// sources, and a partition without events makes nothing.
type owned struct {
	instance
	of sdk.Instanced
	// made is set while signature is this partition's own.
	made bool
	// broken is why it could not be made.
	broken error
}

// Evaluate looks at one event.
func (o *owned) Evaluate(ctx context.Context, in *engine.Input) error {
	if err := o.ready(); err != nil {
		return err
	}
	return o.instance.Evaluate(ctx, in)
}

// ready makes the signature where it is not there yet.
func (o *owned) ready() (err error) {
	switch {
	case o.broken != nil:
		return o.broken
	case o.made:
		return nil
	}
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("the signature panics at its start: %v", value)
		}
		o.broken = err
	}()
	made, err := o.of.NewInstance(o.context)
	if err == nil && made == nil {
		err = errors.New("there is nothing to start")
	}
	if err != nil {
		return fmt.Errorf("the signature does not start: %w", err)
	}
	o.signature, o.made = made, true
	return nil
}

// Inherit takes over the signature of an instance of the same content, with all
// that it remembers, where the signature can be told of its new Context.
func (o *owned) Inherit(from engine.Instance) {
	holder, ok := from.(interface{ itself() *owned })
	if !ok {
		return
	}
	old := holder.itself()
	if s, ok := old.signature.(sdk.Movable); ok && old.made {
		s.Move(o.context)
		o.signature, o.made, old.made = old.signature, true, false
	}
}

func (o *owned) itself() *owned { return o }

// Close ends the signature where there is one.
func (o *owned) Close() {
	if c, ok := o.signature.(sdk.Closer); ok && o.made {
		c.Close()
	}
}

// ownedReceiver is an owned signature that wants signals.
type ownedReceiver struct{ owned }

// OnSignal passes a signal on.
func (o *ownedReceiver) OnSignal(_ context.Context, s sdk.Signal) error {
	if err := o.ready(); err != nil {
		return err
	}
	if receiver, ok := o.signature.(sdk.SignalReceiver); ok {
		return receiver.OnSignal(o.context, s)
	}
	return nil
}
