package weir_test

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// Package variables are shared by everything in the process, so they may only
// hold what never changes:
//
//   - errors to compare with, and compile-time checks (var _ Interface = …);
//   - embedded files;
//   - tables: literals, and the results of conversions, of the module's own
//     functions and of the constructors in pureConstructors. They must be
//     unexported, initialised where they are declared, of a type without methods
//     that change it, and never written again.
//
// Taking the address of an element is allowed, because tables hand out pointers
// to their rows; writing through such a pointer is for the reviewer to see.

// pureConstructors return values that do not change after they were made.
func pureConstructors() []string {
	return []string{
		"regexp.MustCompile", "strings.NewReplacer", "errors.New", "fmt.Errorf",
		"base32.NewEncoding", "base64.NewEncoding", "netip.MustParseAddr", "netip.MustParsePrefix",
		"binary.NativeEndian", "crc32.MakeTable", "template.Must", "reflect.TypeFor", "reflect.TypeOf",
		"maphash.MakeSeed", "sync.OnceFunc", "unsafe.Sizeof", "unsafe.Offsetof", "len", "append", "string", "time.Unix",
	}
}

// checkVars refuses package variables that can change.
func checkVars(t *tree) []problem {
	var found []problem
	for _, dir := range sortedKeys(t.packages((*source).product)) {
		found = append(found, t.packageVars(t.packages((*source).product)[dir])...)
	}
	return found
}

func (t *tree) packageVars(files []*source) []problem {
	info := t.resolve(files)
	written := writes(files, info)
	var found []problem
	for _, s := range files {
		for _, decl := range s.file.Decls {
			d, ok := decl.(*ast.GenDecl)
			if !ok || d.Tok != token.VAR || embeds(d) {
				continue
			}
			for _, spec := range d.Specs {
				if v, ok := spec.(*ast.ValueSpec); ok && !embedsSpec(v) {
					found = append(found, t.judgeVar(v, info, written)...)
				}
			}
		}
	}
	return found
}

// resolve finds out what each name refers to. Imports stay unresolved, which is
// enough to tell a package's own variables from locals of the same name.
func (t *tree) resolve(files []*source) *types.Info {
	info := &types.Info{Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}}
	conf := types.Config{Error: func(error) {}, FakeImportC: true, DisableUnusedImportCheck: true}
	parsed := make([]*ast.File, len(files))
	for i, s := range files {
		parsed[i] = s.file
	}
	// The error is expected: nothing is imported.
	_, _ = conf.Check(files[0].dir, t.fset, parsed, info)
	return info
}

func (t *tree) judgeVar(v *ast.ValueSpec, info *types.Info, written map[types.Object]ast.Node) []problem {
	var found []problem
	for i, name := range v.Names {
		if name.Name == "_" {
			continue
		}
		if place := written[info.Defs[name]]; place != nil {
			found = append(found, t.at(place, "package variable %s is written: pass the value instead", name.Name))
			continue
		}
		var value ast.Expr
		if i < len(v.Values) {
			value = v.Values[i]
		}
		switch {
		case value == nil:
			found = append(found, t.at(name, "package variable %s has no value of its own: hold it in a struct", name.Name))
		case !constant(value, info) || changesItself(info.Defs[name], written):
			found = append(found, t.at(name, "package variable %s may change: hold it in a struct, or return it from a function", name.Name))
		case name.IsExported() && !isError(name.Name):
			found = append(found, t.at(name, "exported variable %s can be changed by importers: export a function", name.Name))
		}
	}
	return found
}

// changesItself reports whether a variable is of one of the package's own types
// with a method that writes to its receiver: such a value is there to be changed.
func changesItself(v types.Object, written map[types.Object]ast.Node) bool {
	if v == nil {
		return false
	}
	t := v.Type()
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	named, ok := t.(*types.Named)
	if !ok || named.Obj().Pkg() != v.Pkg() {
		return false
	}
	for m := range named.Methods() {
		receiver := m.Signature().Recv()
		if _, pointer := receiver.Type().(*types.Pointer); pointer && written[receiver] != nil {
			return true
		}
	}
	return false
}

func isError(name string) bool { return strings.HasPrefix(name, "Err") }

// constant reports whether an initialiser makes a value that cannot change
// behind the package's back.
func constant(expr ast.Expr, info *types.Info) bool {
	switch e := expr.(type) {
	case *ast.BasicLit, *ast.Ident, *ast.SelectorExpr, *ast.FuncLit, *ast.BinaryExpr:
		return true
	case *ast.ParenExpr:
		return constant(e.X, info)
	case *ast.CompositeLit:
		return !synchronised(e.Type)
	case *ast.UnaryExpr:
		return e.Op != token.ARROW && constant(e.X, info)
	case *ast.CallExpr:
		return pureCall(e, info)
	default:
		return false
	}
}

// synchronised reports whether a type is one whose values exist to be changed.
func synchronised(expr ast.Expr) bool {
	sel, ok := expr.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	pkg, ok := sel.X.(*ast.Ident)
	return ok && slices.Contains([]string{"sync", "atomic", "bytes", "http"}, pkg.Name)
}

func pureCall(call *ast.CallExpr, info *types.Info) bool {
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.ArrayType, *ast.MapType, *ast.FuncLit:
		return true
	case *ast.Ident:
		// The module's own function, or a conversion to one of its types.
		return info.Uses[fun] != nil && info.Uses[fun].Pkg() != nil || slices.Contains(pureConstructors(), fun.Name)
	case *ast.SelectorExpr:
		if inner, ok := fun.X.(*ast.CallExpr); ok {
			return pureCall(inner, info)
		}
		return slices.Contains(pureConstructors(), types.ExprString(fun))
	default:
		return false
	}
}

// writes finds where variables are assigned to, whole or in part.
func writes(files []*source, info *types.Info) map[types.Object]ast.Node {
	found := map[types.Object]ast.Node{}
	note := func(target ast.Expr, place ast.Node) {
		if id := root(target); id != nil {
			if v, ok := info.Uses[id].(*types.Var); ok {
				found[v] = place
			}
		}
	}
	for _, s := range files {
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				if n.Tok != token.DEFINE {
					for _, left := range n.Lhs {
						note(left, n)
					}
				}
			case *ast.IncDecStmt:
				note(n.X, n)
			case *ast.CallExpr:
				if id, ok := n.Fun.(*ast.Ident); ok && len(n.Args) > 0 &&
					slices.Contains([]string{"delete", "clear", "copy"}, id.Name) {
					note(n.Args[0], n)
				}
			}
			return true
		})
	}
	return found
}

// root returns the variable that an assignable expression starts from.
func root(expr ast.Expr) *ast.Ident {
	switch e := expr.(type) {
	case *ast.Ident:
		return e
	case *ast.ParenExpr:
		return root(e.X)
	case *ast.IndexExpr:
		return root(e.X)
	case *ast.SliceExpr:
		return root(e.X)
	case *ast.SelectorExpr:
		return root(e.X)
	case *ast.StarExpr:
		return root(e.X)
	default:
		return nil
	}
}

func embeds(d *ast.GenDecl) bool { return directive(d.Doc) }

func embedsSpec(v *ast.ValueSpec) bool { return directive(v.Doc) }

func directive(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool {
		return strings.HasPrefix(c.Text, "//go:embed ")
	})
}
