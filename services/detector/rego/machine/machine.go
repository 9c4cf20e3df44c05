package machine

import (
	"context"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/metrics"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/topdown/builtins"

	"github.com/weirsec/weir/services/detector/rego/value"
	"github.com/weirsec/weir/services/detector/stopwatch"
)

// stepsPerLook is how many steps there are between two looks at the clock.
const stepsPerLook = 1 << 10

// bytesPerValue is what one value in a collection is reckoned to take.
const bytesPerValue = 48

// Machine evaluates a Program. It is used by one goroutine at a time, again
// for each evaluation.
type Machine struct {
	// Metadata is handed on to functions, as topdown's request metadata is; may
	// be nil.
	Metadata map[string]any

	program *Program
	limits  Limits
	stack   []value.Value
	top     int
	memo    []memo
	// evaluation and scope tell what in memo still holds: results are those of
	// one evaluation, and of one nesting of "with".
	evaluation, scope, scopes uint64
	result                    value.Value
	results                   *value.Set
	err                       error
	// failed is the first error of a built-in function where those count.
	failed error

	steps, bytes int64
	watch        stopwatch.Stopwatch
	ctx          context.Context //nolint:containedctx // of the evaluation at hand, for the functions of OPA that want it
	builtin      *topdown.BuiltinContext
	cancelled    bool
}

// memo is the result of a function, undefined or not.
type memo struct {
	evaluation, scope uint64
	result            value.Value
}

// NewMachine returns a Machine for the program.
func (p *Program) NewMachine(limits Limits) *Machine {
	return &Machine{program: p, limits: limits.orDefault(), memo: make([]memo, len(p.funcs))}
}

// Call returns the result of a function for an input and data, undefined where
// it has none. What it returns may refer to the input, and holds until the
// next evaluation.
func (m *Machine) Call(ctx context.Context, function int, input, data value.Value) (value.Value, error) {
	m.begin(ctx)
	args := m.room(2)
	args[0], args[1] = input, data
	result, sig := m.call(function, args)
	return result, m.end(sig)
}

// Run evaluates a plan and returns its set of results.
func (m *Machine) Run(ctx context.Context, plan int, input, data value.Value) (*value.Set, error) {
	m.begin(ctx)
	m.results = value.NewSet()
	p := &m.program.plans[plan]
	l := m.frame(p.locals)
	l[0], l[1] = input, data
	for _, block := range p.blocks {
		if sig := run(m, l, block); sig == aborted || sig == returned {
			return m.results, m.end(sig)
		}
	}
	return m.results, m.end(next)
}

func (m *Machine) begin(ctx context.Context) {
	m.ctx, m.top, m.err, m.failed, m.cancelled = ctx, 0, nil, nil, false
	m.evaluation++
	m.scope, m.scopes = 0, 0
	m.steps, m.bytes = m.limits.Steps, m.limits.Bytes
	m.watch.Stop()
	m.builtin = nil
}

func (m *Machine) end(sig signal) error {
	m.watch.Stop()
	m.ctx = nil
	if sig != aborted {
		return m.failed
	}
	return m.err
}

// room returns n places on the stack, whatever was in them before. Who takes
// room puts m.top back afterwards.
func (m *Machine) room(n int) []value.Value {
	if m.top+n > len(m.stack) {
		// Frames in use keep the array that they were cut from.
		m.stack = make([]value.Value, max(2*len(m.stack), m.top+n, 64))
	}
	l := m.stack[m.top : m.top+n : m.top+n]
	m.top += n
	return l
}

// frame returns n undefined locals.
func (m *Machine) frame(n int) []value.Value {
	l := m.room(n)
	clear(l)
	return l
}

// call calls a function. Its signal is next with a result, undefined without
// one, or aborted.
func (m *Machine) call(number int, args []value.Value) (value.Value, signal) {
	f := m.program.funcs[number]
	if f.constant != nil {
		return *f.constant, defined(*f.constant)
	}
	if f.native != nil {
		if v, known := f.native(m, args); known {
			return v, defined(v)
		}
	}
	if !m.spend(1) {
		return value.Value{}, aborted
	}
	if f.memoized() {
		if known := &m.memo[number]; known.evaluation == m.evaluation && known.scope == m.scope {
			return known.result, defined(known.result)
		}
	}
	before := m.top
	l := m.frame(f.locals)
	for i, p := range f.params {
		l[p] = args[i]
	}
	m.result = value.Value{}
	sig := next
	for _, block := range f.blocks {
		if sig = run(m, l, block); sig != next {
			break
		}
	}
	m.top = before
	if sig == aborted {
		return value.Value{}, aborted
	}
	var result value.Value
	if sig == returned {
		result = m.result
	}
	if f.memoized() {
		m.memo[number] = memo{m.evaluation, m.scope, result}
	}
	return result, defined(result)
}

// defined is the signal of a call with this result.
func defined(v value.Value) signal {
	if v.Defined() {
		return next
	}
	return undefined
}

// spend takes steps from the budget and reports whether there are any left.
func (m *Machine) spend(n int64) bool {
	before := m.steps
	m.steps -= n
	if m.steps < 0 {
		return m.exceed("more than %d steps", m.limits.Steps)
	}
	if before/stepsPerLook != m.steps/stepsPerLook {
		return m.look()
	}
	return true
}

// look looks at the clock.
func (m *Machine) look() bool {
	switch {
	case !m.watch.Running():
		m.watch.Start(m.limits.Time)
	case m.watch.Over():
		return m.exceed("longer than %s", m.limits.Time)
	}
	return true
}

// charge takes memory from the budget.
func (m *Machine) charge(bytes int) bool {
	m.bytes -= int64(bytes)
	if m.bytes < 0 {
		return m.exceed("more than %d bytes", m.limits.Bytes)
	}
	return true
}

// affords reports whether there is that much memory left; if not, the evaluation
// ends.
func (m *Machine) affords(bytes int) bool {
	if int64(bytes) > m.bytes {
		return m.exceed("more than %d bytes", m.limits.Bytes)
	}
	return true
}

func (m *Machine) exceed(format string, limit any) bool {
	return m.abort(fmt.Errorf("%w: "+format, ErrBudget, limit))
}

// abort ends the evaluation and returns false.
func (m *Machine) abort(err error) bool {
	if m.err == nil {
		m.err = err
	}
	return false
}

// Cancel ends the evaluation at the next look; it is there for OPA's functions.
func (m *Machine) Cancel() { m.cancelled = true }

// Cancelled tells OPA's functions to stop, which ask now and then: those that
// replace, at each place.
func (m *Machine) Cancelled() bool { return m.cancelled || !m.spend(4) }

// builtinContext is what OPA's functions work with, one for each evaluation so
// that what they remember stays the same in it.
func (m *Machine) builtinContext() *topdown.BuiltinContext {
	if m.builtin == nil {
		if !m.watch.Running() {
			m.watch.Start(m.limits.Time)
		}
		m.builtin = &topdown.BuiltinContext{
			RequestMetadata: m.Metadata,
			Context:         m.ctx, Metrics: metrics.NoOp(), Cancel: m, Cache: make(builtins.Cache),
			// Nothing that a signature may call reads the clock.
			Time: ast.UIntNumberTerm(1), Capabilities: m.program.capabilities,
		}
		if m.program.prepare != nil {
			m.program.prepare(m.builtin)
		}
	}
	return m.builtin
}
