package rego

import (
	"context"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// Watch evaluates one rule of the file under the eyes of a tracer; what it
// gives is not told. The input may be nil. With everything, bodies are entered
// even where their first look shows that they cannot hold, and to the end. It
// returns an error where the evaluation failed or the context ended.
func (u *Unit) Watch(ctx context.Context, rule string, input *ast.Term, tracer topdown.QueryTracer, everything bool) error {
	q, err := newQuery(u.Compiler, u.Module.Package.Path, rule)
	if err != nil {
		return err
	}
	cancel := topdown.NewCancel()
	defer context.AfterFunc(ctx, cancel.Cancel)()
	return topdown.NewQuery(q.body).
		WithCompiler(u.Compiler).
		WithStore(q.store).
		WithTransaction(q.txn).
		WithInput(input).
		WithCancel(cancel).
		WithBuiltins(q.builtins).
		WithTime(time.Unix(0, 1)).
		WithQueryTracer(tracer).
		WithIndexing(!everything).
		WithEarlyExit(!everything).
		Iter(ctx, func(topdown.QueryResult) error { return nil })
}
