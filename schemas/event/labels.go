package event

import (
	"iter"
	"maps"
	"slices"
)

// Labels are the labels of a container or a pod. The events of a container
// share them: they are never changed, and nil stands for none.
type Labels struct {
	// Pairs are key and value in turn: key, value, key, value, …
	Pairs []string
}

// NewLabels returns labels that keep pairs, or nil where there are none. A last
// key without a value is left out.
func NewLabels(pairs ...string) *Labels {
	if n := len(pairs) / 2 * 2; n > 0 {
		return &Labels{Pairs: pairs[:n:n]}
	}
	return nil
}

// Len returns how many labels there are.
func (l *Labels) Len() int {
	if l == nil {
		return 0
	}
	return len(l.Pairs) / 2
}

// All yields the keys with their values, in the order that they have.
func (l *Labels) All() iter.Seq2[string, string] {
	return func(yield func(key, value string) bool) {
		for i := range l.Len() {
			if !yield(l.Pairs[2*i], l.Pairs[2*i+1]) {
				return
			}
		}
	}
}

// Get returns the value of a label, and whether there is one. The last one of a
// key counts, as when JSON is read.
func (l *Labels) Get(key string) (string, bool) {
	for i := l.Len() - 1; i >= 0; i-- {
		if l.Pairs[2*i] == key {
			return l.Pairs[2*i+1], true
		}
	}
	return "", false
}

// Map returns the labels as a map of the caller's own, nil where there are none.
func (l *Labels) Map() map[string]string {
	if l.Len() == 0 {
		return nil
	}
	return maps.Collect(l.All())
}

// Equal reports whether both have the same pairs in the same order.
func (l *Labels) Equal(other *Labels) bool {
	if l.Len() == 0 || other.Len() == 0 {
		return l.Len() == other.Len()
	}
	return l == other || slices.Equal(l.Pairs, other.Pairs)
}
