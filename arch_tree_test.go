package weir_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"sort"
	"strings"
)

const modulePath = "github.com/weirsec/weir"

// source is one Go file of the tree.
type source struct {
	// path is relative to the module's root, dir its folder ("." is the root).
	path, dir string
	text      []byte
	file      *ast.File
	generated bool
	// isTest marks what never ships: _test.go files and the test module.
	isTest bool
}

// product reports whether the file is hand-written and ships.
func (s *source) product() bool { return !s.generated && !s.isTest }

// lines counts the file's lines as wc does.
func (s *source) lines() int { return strings.Count(string(s.text), "\n") }

// tree is the parsed repository.
type tree struct {
	fset  *token.FileSet
	files []*source
}

// problem is one violation: where it is, what is wrong and how to mend it.
type problem struct {
	path string
	line int
	text string
}

func (p problem) String() string {
	if p.line == 0 {
		return fmt.Sprintf("%s: %s", p.path, p.text)
	}
	return fmt.Sprintf("%s:%d: %s", p.path, p.line, p.text)
}

// loadTree parses every Go file below fsys in this process. Asking the go
// command instead would hide the files from go test's cache, which would then
// repeat an old verdict.
func loadTree(fsys fs.FS) (*tree, error) {
	t := &tree{fset: token.NewFileSet()}
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return skipDir(name, entry.Name())
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		s, err := t.parse(fsys, name)
		if err != nil {
			return err
		}
		t.files = append(t.files, s)
		return nil
	})
	return t, err
}

func skipDir(name, base string) error {
	hidden := strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")
	if name != "." && (hidden || base == "testdata" || name == "bin") {
		return fs.SkipDir
	}
	return nil
}

func (t *tree) parse(fsys fs.FS, name string) (*source, error) {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	mode := parser.ParseComments | parser.SkipObjectResolution
	file, err := parser.ParseFile(t.fset, name, text, mode)
	if err != nil {
		return nil, err
	}
	return &source{
		path: name, dir: path.Dir(name), text: text, file: file,
		generated: ast.IsGenerated(file),
		isTest:    strings.HasSuffix(name, "_test.go") || within(name, "test"),
	}, nil
}

// within reports whether a path is dir itself or lies below it.
func within(name, dir string) bool {
	return name == dir || strings.HasPrefix(name, dir+"/")
}

// packages groups the files that keep accepts by folder.
func (t *tree) packages(keep func(*source) bool) map[string][]*source {
	byDir := map[string][]*source{}
	for _, s := range t.files {
		if keep(s) {
			byDir[s.dir] = append(byDir[s.dir], s)
		}
	}
	return byDir
}

// at makes a problem of a place in the tree.
func (t *tree) at(node ast.Node, format string, args ...any) problem {
	place := t.fset.Position(node.Pos())
	return problem{place.Filename, place.Line, fmt.Sprintf(format, args...)}
}

// height counts the lines from a node's first to its last.
func (t *tree) height(node ast.Node) int {
	return t.fset.Position(node.End()).Line - t.fset.Position(node.Pos()).Line + 1
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
