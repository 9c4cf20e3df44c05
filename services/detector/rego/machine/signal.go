package machine

import "github.com/weirsec/weir/services/detector/rego/value"

// signal says how the work goes on after a statement. A number from zero up
// leaves that many blocks around the current one, and the current one too:
// zero is what an undefined statement does.
type signal int32

const (
	next      signal = -1
	undefined signal = 0
	// returned ends the function; its result is in Machine.result.
	returned signal = -2
	// aborted ends the evaluation; the reason is in Machine.err.
	aborted signal = -3
)

// step is one compiled statement. It works on the locals of its function.
type step func(m *Machine, l []value.Value) signal

// run executes the statements of one block and says how its surroundings go on.
func run(m *Machine, l []value.Value, steps []step) signal {
	for _, s := range steps {
		if sig := s(m, l); sig != next {
			return leave(sig)
		}
	}
	return next
}

// leave is what a signal means one block further out.
func leave(sig signal) signal {
	switch {
	case sig == undefined:
		return next
	case sig > undefined:
		return sig - 1
	default:
		return sig
	}
}
