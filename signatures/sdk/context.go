package sdk

import "github.com/weirsec/weir/schemas/event"

// Context is what a signature may use while it looks at one event.
type Context struct {
	report func(data map[string]any)
	host   Host
	derive func(key any, build func(*event.Event) any) any
}

// Host is what the engine gives a signature access to.
type Host interface {
	// State returns the signature's store of that name, nil where it declared
	// none.
	State(name string) Store
	// DataSource returns a source and whether there is one.
	DataSource(namespace, id string) (DataSource, bool)
}

// NewContext returns a Context that passes what is reported to report. The
// engine calls it; an author's test may too.
func NewContext(report func(data map[string]any)) *Context {
	return &Context{report: report}
}

// WithHost gives the Context access to state and data sources and returns it.
func (c *Context) WithHost(h Host) *Context {
	c.host = h
	return c
}

// Report makes a finding of the event at hand. The data, which may be nil, is
// shown with the finding and must not be changed afterwards.
func (c *Context) Report(data map[string]any) { c.report(data) }

// State returns the signature's store of that name. It is nil where the
// signature did not declare one; see Stateful.
func (c *Context) State(name string) Store {
	if c.host == nil {
		return nil
	}
	return c.host.State(name)
}

// DataSource returns a data source and whether there is one.
func (c *Context) DataSource(namespace, id string) (DataSource, bool) {
	if c.host == nil {
		return nil, false
	}
	return c.host.DataSource(namespace, id)
}
