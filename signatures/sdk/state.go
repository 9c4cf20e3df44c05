package sdk

import "time"

// Stateful is a Signature that remembers something from one event to another.
// What it remembers is declared here and held by the engine, for each
// partition on its own: the fields of the Signature must not change.
type Stateful interface {
	Signature
	// State lists the stores. It must be cheap and always the same.
	State() []StateSpec
}

// StateSpec declares one store.
type StateSpec struct {
	// Name is what Context.State finds the store by, unique in its signature.
	Name string
	// TTL is how long an entry is kept after it was last put, by the times of
	// events; it must be positive.
	TTL time.Duration
	// MaxEntries bounds the store; the entry put longest ago makes room, which
	// is counted. 0 means 65,536.
	MaxEntries int
}

// Store is a keyed memory of short texts, which survives a restart with the
// rest of the partition's state.
type Store interface {
	// Get returns the value of a key and whether there is one.
	Get(key string) (string, bool)
	// Put sets the value of a key. Both texts are copied.
	Put(key, value string)
	// Delete forgets a key.
	Delete(key string)
}
