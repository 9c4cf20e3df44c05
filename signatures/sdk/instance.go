package sdk

// Instanced is a Signature whose work is done by values of its own, one for
// each partition. It is for signatures that keep in their fields what they
// remember, as those written for other systems do; a Signature of Weir's own
// declares its state instead, see Stateful.
type Instanced interface {
	Signature
	// NewInstance returns what looks at the events of one partition. It is
	// called when the first of them comes. The Context is the one that OnEvent
	// gets later: data sources may be asked for at once, reports are for OnEvent.
	// With an error the signature looks at no event of the partition, and each
	// of them counts as failed. Where the Signature is a SignalReceiver, what it
	// returns is told of signals in its place.
	NewInstance(c *Context) (Signature, error)
}

// Closer is a Signature made by NewInstance that has something to let go.
type Closer interface {
	// Close is called once, after the last event, when the partition gets other
	// signatures or the process ends.
	Close()
}

// Movable is a Signature made by NewInstance that can go on in another Context,
// with all that it remembers: the set of signatures was replaced by one in which
// it is the same.
type Movable interface {
	// Move gives the Context that takes the place of the one before. It is
	// called between events.
	Move(c *Context)
}
