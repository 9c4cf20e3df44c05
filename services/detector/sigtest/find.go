package sigtest

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/weirsec/weir/services/detector/problem"
	"github.com/weirsec/weir/services/detector/sigdir"
)

// maxFile is the largest tests.yaml that is read, in bytes.
const maxFile = 16 << 20

// Find reads every tests.yaml and *.tests.yaml below a directory. Files are
// called by prefix and their path. A file that cannot be read is a problem and
// keeps nothing else from being found.
func Find(fsys fs.FS, prefix string) ([]*Suite, []problem.Problem) {
	var suites []*Suite
	var problems []problem.Problem
	report := func(name string, err error) {
		problems = append(problems, problem.Problem{
			Severity: problem.Error, File: path.Join(prefix, name), Message: err.Error(),
		})
	}
	err := sigdir.Walk(fsys, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			report(name, err)
			return nil
		case entry.IsDir() || !isSuite(entry.Name()):
			return nil
		}
		suite, err := readSuite(fsys, name)
		if err != nil {
			report(name, err)
			return nil
		}
		suite.File = path.Join(prefix, name)
		suites = append(suites, suite)
		return nil
	})
	if err != nil {
		report("", err)
	}
	return suites, problems
}

// isSuite tells by its base name whether a file holds tests.
func isSuite(name string) bool {
	stem, found := strings.CutSuffix(name, ".yaml")
	if !found {
		stem, found = strings.CutSuffix(name, ".yml")
	}
	return found && (stem == "tests" || strings.HasSuffix(stem, ".tests"))
}

func readSuite(fsys fs.FS, name string) (*Suite, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("not a regular file: %s", info.Mode().Type())
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%d bytes, tests may have %d: split the file", info.Size(), maxFile)
	}
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	return Parse(text)
}

// caseLines returns the line on which each case begins.
func caseLines(text []byte) ([]int, error) {
	var document yaml.Node
	if err := yaml.Load(text, &document); err != nil {
		return nil, err
	}
	if len(document.Content) != 1 || document.Content[0].Kind != yaml.MappingNode {
		return nil, errors.New("the file is no mapping")
	}
	content := document.Content[0].Content
	var found []int
	for i := 0; i+1 < len(content); i += 2 {
		if content[i].Value == "cases" {
			for _, c := range content[i+1].Content {
				found = append(found, c.Line)
			}
		}
	}
	return found, nil
}
