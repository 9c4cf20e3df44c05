package value

// Array is an ordered list that is being built or was built.
type Array struct{ items []Value }

// NewArray returns an empty array with room for n elements.
func NewArray(n int) *Array { return &Array{items: make([]Value, 0, n)} }

// Append adds an element at the end.
func (a *Array) Append(v Value) { a.items = append(a.items, v) }

// Len returns the number of elements.
func (a *Array) Len() int { return len(a.items) }

// At returns element i.
func (a *Array) At(i int) Value { return a.items[i] }
