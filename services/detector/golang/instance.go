package golang

import (
	"context"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/signatures/sdk"
)

// instance evaluates a signature for one partition.
type instance struct {
	signature sdk.Signature
	context   *sdk.Context
	input     *engine.Input
}

// UseHost gives the signature its state and the data sources.
func (i *instance) UseHost(h sdk.Host) { i.context.WithHost(h).WithDerive(i.derive) }

// derive shares what is made of the event at hand with other signatures.
func (i *instance) derive(key any, build func(*event.Event) any) any {
	return i.input.Derive(key, build)
}

// Evaluate looks at one event.
func (i *instance) Evaluate(_ context.Context, in *engine.Input) error {
	i.input = in
	return i.signature.OnEvent(i.context, in.Event)
}

// receiver is an instance of a signature that wants signals.
type receiver struct {
	instance
	signature sdk.SignalReceiver
}

// OnSignal passes a signal on.
func (r *receiver) OnSignal(_ context.Context, s sdk.Signal) error {
	return r.signature.OnSignal(r.context, s)
}
