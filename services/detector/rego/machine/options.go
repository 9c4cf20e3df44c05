package machine

import (
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// Options says how a plan is compiled.
type Options struct {
	// Strict makes errors of built-in functions end the evaluation, where
	// otherwise their result is undefined.
	Strict bool
	// Builtins are functions besides OPA's own.
	Builtins map[string]*topdown.Builtin
	// Helpers says that data.tracee.helpers is the built-in library, whose
	// functions exist in Go too.
	Helpers bool
	// Capabilities are what OPA's functions are told of; may be nil.
	Capabilities *ast.Capabilities
	// Prepare, if set, completes what OPA's functions work with: clock,
	// randomness, the process. Signatures have none of it.
	Prepare func(*topdown.BuiltinContext)
}
