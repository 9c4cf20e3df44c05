package sdk

import "github.com/weirsec/weir/schemas/event"

// Derive returns what build makes of the event at hand. Signatures of one
// partition that give the same key share one result for as long as the event
// is at hand, so a costly conversion is paid once; nobody may change it. It is
// for adapters of other kinds of signatures.
func (c *Context) Derive(key any, e *event.Event, build func(*event.Event) any) any {
	if c.derive == nil {
		return build(e)
	}
	return c.derive(key, build)
}

// WithDerive makes the Context share what is derived and returns it. The engine
// calls it: derive keeps results by key for as long as an event is at hand.
func (c *Context) WithDerive(derive func(key any, build func(*event.Event) any) any) *Context {
	c.derive = derive
	return c
}
