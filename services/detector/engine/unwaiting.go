package engine

// Unwaiting is a Program that knows whether its instances ever wait. One that is
// not may: how long it takes by the clock is then held against it, see
// Limits.Cost.
type Unwaiting interface {
	// NeverWaits reports that an evaluation only computes: it asks nobody, sleeps
	// never, and reads nothing that is not in memory. One that takes long without
	// using a processor had to wait for that, as all do on a busy machine.
	NeverWaits() bool
}

// neverWaits reports whether a program, or what it wraps, never waits.
func neverWaits(p Program) bool {
	if busy, ok := p.(Unwaiting); ok {
		return busy.NeverWaits()
	}
	if wrapper, ok := p.(interface{ Unwrap() Program }); ok {
		return neverWaits(wrapper.Unwrap())
	}
	return false
}
