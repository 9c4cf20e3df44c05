package machine

import (
	"github.com/open-policy-agent/opa/v1/ir"

	"github.com/weirsec/weir/services/detector/rego/value"
)

// facts are what can be said of a function's locals before it runs.
type facts struct {
	// constants are locals that are set in one place only, to a number or to
	// null. A plan sets them right before it uses them, so nobody can see them
	// unset.
	constants map[ir.Local]value.Value
	// readsInput says that the function looks at the input or at data, other
	// than by handing them to the functions in calls.
	readsInput bool
	calls      []string
	dynamic    bool
}

// collectFacts looks at all statements of a function once.
func collectFacts(policy *ir.Policy, blocks []*ir.Block, params []ir.Local) *facts {
	w := &walker{policy: policy, facts: &facts{constants: make(map[ir.Local]value.Value)}, writes: make(map[ir.Local]int)}
	for _, p := range params {
		w.writes[p]++
	}
	for _, b := range blocks {
		w.block(b)
	}
	for l := range w.facts.constants {
		if w.writes[l] != 1 {
			delete(w.facts.constants, l)
		}
	}
	return w.facts
}

// walker collects facts.
type walker struct {
	policy *ir.Policy
	facts  *facts
	writes map[ir.Local]int
}

func (w *walker) block(b *ir.Block) {
	for _, s := range b.Stmts {
		w.statement(s)
	}
}

func (w *walker) write(l ir.Local) { w.writes[l]++ }

func (w *walker) constant(l ir.Local, v value.Value) {
	w.write(l)
	w.facts.constants[l] = v
}

func (w *walker) read(operands ...ir.Operand) {
	for _, o := range operands {
		if l, ok := o.Value.(ir.Local); ok {
			w.readLocal(l)
		}
	}
}

func (w *walker) readLocal(locals ...ir.Local) {
	for _, l := range locals {
		if l == ir.Input || l == ir.Data {
			w.facts.readsInput = true
		}
	}
}

func (w *walker) statement(s ir.Stmt) {
	switch s := s.(type) {
	case *ir.BlockStmt:
		for _, b := range s.Blocks {
			w.block(b)
		}
	case *ir.ScanStmt:
		w.readLocal(s.Source)
		w.write(s.Key)
		w.write(s.Value)
		w.block(s.Block)
	case *ir.NotStmt:
		w.block(s.Block)
	case *ir.WithStmt:
		w.read(s.Value)
		// What is replaced is restored: two writes.
		w.write(s.Local)
		w.write(s.Local)
		w.block(s.Block)
	case *ir.CallStmt:
		w.call(s)
	case *ir.CallDynamicStmt:
		w.facts.dynamic = true
		w.readLocal(s.Args...)
		w.read(s.Path...)
		w.write(s.Result)
	case *ir.MakeNumberIntStmt:
		w.constant(s.Target, value.Int(s.Value))
	case *ir.MakeNumberRefStmt:
		w.constant(s.Target, value.Number(w.policy.Static.Strings[s.Index].Value))
	case *ir.MakeNullStmt:
		w.constant(s.Target, value.Null())
	default:
		w.simple(s)
	}
}

// call tells input and data that are only handed on from those that are looked
// at: the planner passes both to every function, as the first two arguments.
func (w *walker) call(s *ir.CallStmt) {
	w.facts.calls = append(w.facts.calls, s.Func)
	w.write(s.Result)
	args := s.Args
	if len(args) >= 2 && isLocal(args[0], ir.Input) && isLocal(args[1], ir.Data) {
		args = args[2:]
	}
	w.read(args...)
}

func isLocal(o ir.Operand, l ir.Local) bool { return o.Value == l }

// simple is for statements without others inside.
func (w *walker) simple(s ir.Stmt) {
	switch s := s.(type) {
	case *ir.DotStmt:
		w.read(s.Source, s.Key)
		w.write(s.Target)
	case *ir.LenStmt:
		w.read(s.Source)
		w.write(s.Target)
	case *ir.EqualStmt:
		w.read(s.A, s.B)
	case *ir.NotEqualStmt:
		w.read(s.A, s.B)
	case *ir.AssignIntStmt:
		w.write(s.Target)
	case *ir.AssignVarStmt:
		w.read(s.Source)
		w.write(s.Target)
	case *ir.AssignVarOnceStmt:
		w.read(s.Source)
		w.write(s.Target)
	case *ir.ResetLocalStmt:
		w.write(s.Target)
	case *ir.MakeArrayStmt:
		w.write(s.Target)
	case *ir.MakeObjectStmt:
		w.write(s.Target)
	case *ir.MakeSetStmt:
		w.write(s.Target)
	case *ir.ObjectMergeStmt:
		w.readLocal(s.A, s.B)
		w.write(s.Target)
	default:
		w.reads(s)
	}
}

// reads is for statements that set no local.
func (w *walker) reads(s ir.Stmt) {
	switch s := s.(type) {
	case *ir.IsArrayStmt:
		w.read(s.Source)
	case *ir.IsObjectStmt:
		w.read(s.Source)
	case *ir.IsSetStmt:
		w.read(s.Source)
	case *ir.IsDefinedStmt:
		w.readLocal(s.Source)
	case *ir.IsUndefinedStmt:
		w.readLocal(s.Source)
	case *ir.ArrayAppendStmt:
		w.read(s.Value)
	case *ir.ObjectInsertStmt:
		w.read(s.Key, s.Value)
	case *ir.ObjectInsertOnceStmt:
		w.read(s.Key, s.Value)
	case *ir.SetAddStmt:
		w.read(s.Value)
	case *ir.ReturnLocalStmt:
		w.readLocal(s.Source)
	case *ir.ResultSetAddStmt:
		w.readLocal(s.Value)
	case *ir.BreakStmt, *ir.NopStmt:
	default:
		// Whatever it is, it may look at anything.
		w.facts.readsInput, w.facts.dynamic = true, true
	}
}
