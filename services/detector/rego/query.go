package rego

import (
	"context"
	"fmt"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/metrics"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/weirsec/weir/services/detector/engine"
)

// resultVar is the variable that a query binds its answer to.
const resultVar = "result"

// query asks for the value of one rule. It is immutable.
type query struct {
	compiler *ast.Compiler
	body     ast.Body
	builtins map[string]*topdown.Builtin
	store    storage.Store
	txn      storage.Transaction
}

// newQuery prepares the question for rule in a package.
func newQuery(c *ast.Compiler, pkg ast.Ref, rule string) (*query, error) {
	ref := pkg.Append(ast.StringTerm(rule))
	asked := ast.NewBody(ast.Equality.Expr(ast.VarTerm(resultVar), ast.NewTerm(ref)))
	body, err := c.QueryCompiler().Compile(asked)
	if err != nil {
		return nil, fmt.Errorf("compile the query for %s: %w", rule, err)
	}
	// Signatures see no base documents, but topdown wants a store to say so.
	store := inmem.New()
	txn, err := store.NewTransaction(context.Background())
	if err != nil {
		return nil, fmt.Errorf("open the empty store: %w", err)
	}
	return &query{compiler: c, body: body, builtins: factsByName(), store: store, txn: txn}, nil
}

// eval returns the rule's value for an input, which may be nil; nil where it is
// undefined.
// Functions that ask data sources find them in metadata, which may be nil.
func (q *query) eval(
	ctx context.Context, input *ast.Term, metadata map[string]any, d *deadline, limit time.Duration,
) (ast.Value, error) {
	d.start(limit)
	defer d.stop()
	var value ast.Value
	// The time is fixed: nothing that a signature may call reads it, and
	// asking the clock for it would be waste.
	err := topdown.NewQuery(q.body).
		WithCompiler(q.compiler).
		WithStore(q.store).
		WithTransaction(q.txn).
		WithInput(input).
		WithCancel(d).
		WithBuiltins(q.builtins).
		WithRequestMetadata(metadata).
		WithTime(time.Unix(0, 1)).
		WithMetrics(metrics.NoOp()).
		Iter(ctx, func(found topdown.QueryResult) error {
			for _, term := range found {
				value = term.Value
			}
			return nil
		})
	switch {
	case topdown.IsCancel(err):
		return nil, fmt.Errorf("%w: longer than %s", engine.ErrBudget, limit)
	case err != nil:
		return nil, err
	default:
		return value, nil
	}
}
