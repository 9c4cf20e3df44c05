package rego

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/weirsec/weir/services/detector/problem"
	"github.com/weirsec/weir/services/detector/sigdir"
)

// maxFile is the largest signature file that is read, in bytes.
const maxFile = 1 << 20

// source is one file that was read.
type source struct {
	// name is what people know the file by.
	name string
	text string
	// library marks a file that its name makes a library.
	library bool
}

// collect reads the .rego files below a directory, in a fixed order. Tests and
// files by the name of the built-in library are left out.
func collect(fsys fs.FS, prefix string) ([]source, []problem.Problem) {
	var sources []source
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
		case entry.IsDir() || !isSignatureFile(entry.Name()):
			return nil
		}
		text, err := read(fsys, name)
		if err != nil {
			report(name, err)
			return nil
		}
		sources = append(sources, source{
			name:    path.Join(prefix, name),
			text:    text,
			library: strings.HasSuffix(name, "helpers.rego"),
		})
		return nil
	})
	if err != nil {
		report("", err)
	}
	return sources, problems
}

// isSignatureFile tells by the base name whether a file is to be loaded.
func isSignatureFile(name string) bool {
	return strings.HasSuffix(name, ".rego") && !strings.HasSuffix(name, "_test.rego") && name != "helpers.rego"
}

// read returns a file's text. It never opens what is not a plain file, as a
// pipe by that name would hold the loader up for ever.
func read(fsys fs.FS, name string) (string, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("not a regular file: %s", info.Mode().Type())
	}
	if info.Size() > maxFile {
		return "", fmt.Errorf("%d bytes, a signature may have %d", info.Size(), maxFile)
	}
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return "", err
	}
	return strings.TrimPrefix(string(text), "\ufeff"), nil
}
