package machine

import "github.com/weirsec/weir/services/detector/rego/value"

// walk is all that is in a value, itself first, as pairs of path and value.
// Values are not copied, so that a document costs what its paths do.
func walk(m *Machine, args []value.Value) (value.Value, bool) {
	if len(args) != 1 {
		return value.Value{}, false
	}
	w := &tour{machine: m, pairs: value.NewArray(0)}
	w.visit(args[0])
	return value.OfArray(w.pairs), true
}

// tour is one walk.
type tour struct {
	machine *Machine
	pairs   *value.Array
	// path leads to where the tour is.
	path []value.Value
}

// visit notes a value and what is in it; it returns false where the budget does
// not allow that.
func (w *tour) visit(v value.Value) bool {
	if !w.machine.spend(1) || !w.machine.charge(bytesPerValue*(4+len(w.path)/2)) {
		return false
	}
	path := value.NewArray(len(w.path))
	for _, step := range w.path {
		path.Append(step)
	}
	pair := value.NewArray(2)
	pair.Append(value.OfArray(path))
	pair.Append(v)
	w.pairs.Append(value.OfArray(pair))
	for it := value.Iterate(v); ; {
		key, inner, more := it.Next()
		if !more {
			return true
		}
		w.path = append(w.path, key)
		if !w.visit(inner) {
			return false
		}
		w.path = w.path[:len(w.path)-1]
	}
}
