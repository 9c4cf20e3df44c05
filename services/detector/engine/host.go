package engine

import "github.com/weirsec/weir/signatures/sdk"

// host is what one signature may use in one partition.
type host struct {
	evaluator *Evaluator
	slot      *slot
}

// State returns the store of that name, nil where none is declared.
func (h *host) State(name string) sdk.Store {
	for _, store := range h.slot.stores {
		if store.Spec().Name == name {
			return store
		}
	}
	return nil
}

// DataSource returns a source and whether there is one.
func (h *host) DataSource(namespace, id string) (sdk.DataSource, bool) {
	e := h.evaluator
	if e.sources == nil {
		return nil, false
	}
	e.set.undeclared(h.slot.signature, namespace, id)
	found, ok := e.sources.DataSource(namespace, id)
	e.learning = e.sources.Learning()
	return found, ok
}
