package value

// Freeze brings all collections of a value in order, so that any number of
// goroutines may read it from then on.
func Freeze(v Value) {
	switch v.kind {
	case KindArray:
		for _, x := range v.Array().items {
			Freeze(x)
		}
	case KindObject:
		o := v.Object()
		o.sort()
		for i := range o.keys {
			Freeze(o.keys[i])
			Freeze(o.values[i])
		}
	case KindSet:
		v.Set().sort()
		for _, x := range v.Set().keys {
			Freeze(x)
		}
	}
}
