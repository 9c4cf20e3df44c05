package weir_test

import (
	"fmt"
	"go/ast"
	"go/scanner"
	"go/token"
	"sort"
	"strings"
)

// budgets are the sizes that the tree must keep to, in lines unless said
// otherwise. Files and functions are those of product code; maxFile holds for
// tests too.
type budgets struct {
	medianFile, p90File, maxFile int
	longFunc, maxFunc            int
	// longShare is the share of functions longer than longFunc.
	longShare float64
	// medianExports is for the names that a package exports, schemas aside.
	medianExports int
	// chain is for the imports that follow one another.
	chain int
	// testRatio is lines of test code to lines of product code.
	testRatio float64
}

// sizes is what was measured.
type sizes struct {
	files, exports []int // sorted
	functions      int
	long           []problem
	code, testCode int
}

func percentile(sorted []int, share float64) int {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(share*float64(len(sorted))), len(sorted)-1)]
}

// checkBudgets measures the tree and returns what is over budget.
func checkBudgets(t *tree, b budgets) (sizes, []problem) {
	var found []problem
	m := sizes{}
	for _, s := range t.files {
		if s.generated {
			continue
		}
		if lines := s.lines(); lines > b.maxFile {
			found = append(found, problem{
				s.path, 0,
				fmt.Sprintf("%d lines, at most %d: split it by type or concern", lines, b.maxFile),
			})
		}
		m.count(t, s, b, &found)
	}
	for dir, files := range t.packages((*source).product) {
		if !within(dir, "schemas") { // a contract is what it exports
			m.exports = append(m.exports, exports(files))
		}
	}
	sort.Ints(m.files)
	sort.Ints(m.exports)
	return m, append(found, m.judge(b)...)
}

func (m *sizes) count(t *tree, s *source, b budgets, found *[]problem) {
	code := codeLines(s)
	if s.isTest || testSupport(s.dir) {
		m.testCode += code
	} else {
		m.code += code
	}
	if !s.product() {
		return
	}
	m.files = append(m.files, s.lines())
	for _, decl := range s.file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		m.functions++
		height := t.height(fn)
		if height > b.longFunc {
			m.long = append(m.long, t.at(fn, "%s has %d lines", fn.Name.Name, height))
		}
		if height > b.maxFunc && !isTable(fn) {
			*found = append(*found, t.at(fn, "%s has %d lines, at most %d: split it by step",
				fn.Name.Name, height, b.maxFunc))
		}
	}
}

// testSupport tells packages that only tests link.
func testSupport(dir string) bool {
	return dir == "internal/conformance" || dir == "internal/bus/bustest" || dir == "internal/stage/stagetest" || dir == "signatures/sdk/sdktest"
}

// isTable reports whether a function only returns a literal: data may be long.
func isTable(fn *ast.FuncDecl) bool {
	if fn.Body == nil || len(fn.Body.List) != 1 {
		return false
	}
	ret, ok := fn.Body.List[0].(*ast.ReturnStmt)
	if !ok || len(ret.Results) != 1 {
		return false
	}
	_, ok = ret.Results[0].(*ast.CompositeLit)
	return ok
}

func (m *sizes) judge(b budgets) []problem {
	var found []problem
	over := func(text string, args ...any) {
		found = append(found, problem{"the tree", 0, fmt.Sprintf(text, args...)})
	}
	if got := percentile(m.files, 0.5); got > b.medianFile {
		over("the median file has %d lines, at most %d: one type per file", got, b.medianFile)
	}
	if got := percentile(m.files, 0.9); got > b.p90File {
		over("a tenth of the files has %d lines or more, at most %d: split the largest", got, b.p90File)
	}
	if got := percentile(m.exports, 0.5); got > b.medianExports {
		over("the median package exports %d names, at most %d: export less", got, b.medianExports)
	}
	if limit := b.longShare * float64(m.functions); float64(len(m.long)) > limit {
		over("%d of %d functions are longer than %d lines, at most %.1f: shorten some of\n\t%s",
			len(m.long), m.functions, b.longFunc, limit, joined(m.long))
	}
	if float64(m.testCode) < b.testRatio*float64(m.code) {
		over("%d lines of test code for %d lines of code: write tests", m.testCode, m.code)
	}
	return found
}

func joined(list []problem) string {
	lines := make([]string, len(list))
	for i, p := range list {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n\t")
}

// codeLines counts the lines that hold a Go token other than a comment.
func codeLines(s *source) int {
	fset := token.NewFileSet()
	var scan scanner.Scanner
	scan.Init(fset.AddFile(s.path, -1, len(s.text)), s.text, nil, 0)
	file := fset.File(token.Pos(fset.Base() - 1))
	last, lines := 0, 0
	for {
		pos, tok, text := scan.Scan()
		if tok == token.EOF {
			return lines
		}
		if tok == token.SEMICOLON && text == "\n" {
			continue
		}
		first := file.Line(pos)
		end := first + strings.Count(text, "\n")
		lines += end - max(first, last+1) + 1
		last = end
	}
}

// exports counts the names that a package exports at its top level.
func exports(files []*source) int {
	n := 0
	for _, s := range files {
		for _, decl := range s.file.Decls {
			for _, name := range declared(decl) {
				if name.IsExported() {
					n++
				}
			}
		}
	}
	return n
}

// declared returns the names that a top-level declaration adds to its package;
// none for methods and imports.
func declared(decl ast.Decl) []*ast.Ident {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			return []*ast.Ident{d.Name}
		}
	case *ast.GenDecl:
		var names []*ast.Ident
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				names = append(names, s.Name)
			case *ast.ValueSpec:
				names = append(names, s.Names...)
			}
		}
		return names
	}
	return nil
}
