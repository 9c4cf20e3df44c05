package engine

// Asking is a Program that knows which data sources its instances may ask. One
// that is not may ask any, and is taken to ask none: it says what it needs by the
// events that it selects.
type Asking interface {
	// Asks reports whether instances may ask that source.
	Asks(namespace, id string) bool
}

// asks reports whether a program, or what it wraps, may ask a source.
func asks(p Program, namespace, id string) bool {
	if asking, ok := p.(Asking); ok {
		return asking.Asks(namespace, id)
	}
	if wrapper, ok := p.(interface{ Unwrap() Program }); ok {
		return asks(wrapper.Unwrap(), namespace, id)
	}
	return false
}
