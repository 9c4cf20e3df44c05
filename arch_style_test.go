package weir_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
)

// vagueNames tell nothing about what is inside.
func vagueNames() []string {
	return []string{"util", "utils", "common", "helper", "helpers", "misc", "shared", "lib", "base"}
}

// checkNames refuses folders and files with vague names.
func checkNames(t *tree) []problem {
	var found []problem
	for _, s := range t.files {
		parts := strings.Split(s.dir, "/")
		parts = append(parts, strings.TrimSuffix(strings.TrimSuffix(path.Base(s.path), ".go"), "_test"))
		for _, part := range parts {
			if slices.Contains(vagueNames(), part) {
				found = append(found, problem{
					s.path, 0,
					fmt.Sprintf("the name %q tells nothing: name it after what it holds", part),
				})
			}
		}
	}
	return found
}

// checkConstructs refuses what hides who starts what, and when.
func checkConstructs(t *tree) []problem {
	var found []problem
	for _, s := range t.files {
		if !s.product() {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Recv == nil && n.Name.Name == "init" {
					found = append(found, t.at(n, "func init runs unseen: call it from the main, or make it a table"))
				}
			case *ast.GoStmt:
				found = append(found, t.at(n, "a bare go statement has no owner: use errgroup or sync.WaitGroup.Go, and wait"))
			}
			return true
		})
	}
	return found
}

// unfinished finds the words that mark unfinished work. They are put together
// here so that this file does not hold them.
func unfinished() *regexp.Regexp {
	words := []string{"TO" + "DO", "FIX" + "ME", "XX" + "X", "not (yet )?imple" + "mented", "place" + "holder", "for n" + "ow"}
	return regexp.MustCompile(`(?i)\b(` + strings.Join(words, "|") + `)\b`)
}

// checkComments wants every package and every exported name explained, and
// nothing that announces work.
func checkComments(t *tree) []problem {
	var found []problem
	words := unfinished()
	for _, s := range t.files {
		if s.generated {
			continue
		}
		for i, line := range strings.Split(string(s.text), "\n") {
			if word := words.FindString(line); word != "" {
				found = append(found, problem{
					s.path, i + 1,
					fmt.Sprintf("%q marks unfinished work: finish it, or put it into an issue", word),
				})
			}
		}
		if s.product() {
			found = append(found, undocumented(t, s)...)
		}
	}
	inPackage := func(s *source) bool { return !strings.HasSuffix(s.path, "_test.go") }
	for dir, files := range t.packages(inPackage) {
		if !slices.ContainsFunc(files, hasPackageComment) {
			found = append(found, problem{
				dir, 0,
				`no package comment: add doc.go that begins "Package …" (mains: "Command …")`,
			})
		}
	}
	return found
}

func hasPackageComment(s *source) bool {
	text := s.file.Doc.Text()
	return strings.HasPrefix(text, "Package ") || strings.HasPrefix(text, "Command ")
}

// undocumented lists the exported names of a file without a comment. A comment
// on a group of constants or variables is enough for its members; methods of
// types that are not exported need none.
func undocumented(t *tree, s *source) []problem {
	var found []problem
	missing := func(n ast.Node, name string) {
		found = append(found, t.at(n, "exported %s has no comment: say what it is, with units and errors", name))
	}
	for _, decl := range s.file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) {
				missing(d, d.Name.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if name := bareSpec(d, spec); name != "" {
					missing(spec, name)
				}
			}
		}
	}
	return found
}

// bareSpec returns the exported name that a spec declares without comment.
func bareSpec(d *ast.GenDecl, spec ast.Spec) string {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		if s.Name.IsExported() && d.Doc == nil && s.Doc == nil {
			return s.Name.Name
		}
	case *ast.ValueSpec:
		if d.Doc != nil || s.Doc != nil || s.Comment != nil {
			return ""
		}
		for _, name := range s.Names {
			if name.IsExported() {
				return name.Name
			}
		}
	}
	return ""
}

func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	return token.IsExported(receiverName(d.Recv.List[0].Type))
}

// receiverName returns the name of a receiver's type.
func receiverName(expr ast.Expr) string {
	switch e := expr.(type) {
	case *ast.StarExpr:
		return receiverName(e.X)
	case *ast.IndexExpr:
		return receiverName(e.X)
	case *ast.IndexListExpr:
		return receiverName(e.X)
	case *ast.Ident:
		return e.Name
	default:
		return ""
	}
}
