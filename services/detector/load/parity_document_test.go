package load

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/weirsec/weir/signatures"
)

// As an incomplete document, by OPA alone: what a unit test of an author does.
func TestParityDocument(t *testing.T) {
	library, err := os.ReadFile(filepath.Join("..", "rego", "tracee.rego"))
	if err != nil {
		t.Fatal(err)
	}
	cases, checked := parityCases(t), 0
	for id, p := range parityPrograms(t) {
		file, shipped := strings.CutPrefix(p.Source(), shippedPrefix+"/tracee_parity/")
		if !shipped {
			continue
		}
		text, err := fs.ReadFile(signatures.Files(), path.Join("tracee_parity", file))
		if err != nil {
			t.Fatal(err)
		}
		compiler, err := ast.CompileModules(map[string]string{"signature": string(text), "library": string(library)})
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range cases {
			if c.Signature.ID == id {
				checkParity(t, name, "document", evaluateDocument(t, compiler, c, id), c.Expect.Document)
				checked++
			}
		}
	}
	if checked != len(cases) {
		t.Errorf("%d of %d cases were evaluated", checked, len(cases))
	}
}

func evaluateDocument(t *testing.T, compiler *ast.Compiler, c parityCase, id string) []parityFinding {
	t.Helper()
	ref := compiler.Modules["signature"].Package.Path.Append(ast.StringTerm("tracee_match"))
	body, err := compiler.QueryCompiler().Compile(ast.NewBody(ast.Equality.Expr(ast.VarTerm("x"), ast.NewTerm(ref))))
	if err != nil {
		t.Fatal(err)
	}
	input, err := ast.ValueFromReader(strings.NewReader(string(c.Document)))
	if err != nil {
		t.Fatal(err)
	}
	store := inmem.New()
	txn, err := store.NewTransaction(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	results, err := topdown.NewQuery(body).WithCompiler(compiler).WithStore(store).WithTransaction(txn).
		WithInput(ast.NewTerm(input)).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var found []parityFinding
	for _, r := range results {
		value, err := ast.JSON(r[ast.Var("x")].Value)
		if err != nil {
			t.Fatal(err)
		}
		switch value := value.(type) {
		case bool:
			if value {
				found = append(found, parityFinding{0, id, nil})
			}
		case map[string]any:
			found = append(found, parityFinding{0, id, plain(t, value)})
		}
	}
	return found
}
