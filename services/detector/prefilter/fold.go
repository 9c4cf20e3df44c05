package prefilter

// Algebra is what Fold puts in the place of the parts of a Condition.
type Algebra[T any] interface {
	// Any and Never stand for the conditions of these names.
	Any() T
	Never() T
	Atom(a Atom) T
	// All and Either put together what came of the parts, of which there are
	// two at least.
	All(parts []T) T
	Either(parts []T) T
}

// Fold works a Condition out by an Algebra, from its atoms up.
func Fold[T any](c Condition, by Algebra[T]) T {
	switch c.kind {
	case kindNever:
		return by.Never()
	case kindAtom:
		return by.Atom(c.atom)
	case kindAll, kindEither:
		parts := make([]T, len(c.parts))
		for i, p := range c.parts {
			parts[i] = Fold(p, by)
		}
		if c.kind == kindAll {
			return by.All(parts)
		}
		return by.Either(parts)
	default:
		return by.Any()
	}
}
