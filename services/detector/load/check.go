package load

import (
	"context"
	"fmt"
	"io/fs"
	"path"

	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/problem"
	"github.com/weirsec/weir/services/detector/sigtest"
	"github.com/weirsec/weir/services/detector/source"
)

// suiteFile is what the tests of signatures are called.
const suiteFile = "tests.yaml"

// Check loads a directory of signature files on its own and runs the tests that
// lie beside them. Problems are called by prefix and the file's path; one that
// is an error says that a file does not load or that a test fails.
func (l *Loader) Check(ctx context.Context, fsys fs.FS, prefix string) []problem.Problem {
	programs, problems := l.rego.Load(ctx, fsys, prefix)
	fail := func(file, format string, args ...any) {
		problems = append(problems, problem.Problem{
			Severity: problem.Error, File: path.Join(prefix, file), Message: fmt.Sprintf(format, args...),
		})
	}
	if len(programs) == 0 {
		fail("", "there is no signature in it that loads")
	}
	// As in Load, so that what is tested is what will run.
	programs, found := correlated(programs)
	problems = append(problems, found...)
	sources, err := source.NewRegistry(l.request.Sources...)
	if err != nil {
		fail("", "data sources: %v", err)
		return problems
	}
	set := engine.NewSet(programs, l.request.Limits, engine.WithSources(sources.With(l.request.Misses)))
	problems = append(problems, rejections(set)...)
	err = fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() || entry.Name() != suiteFile:
			return nil
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		for _, message := range test(ctx, set, text) {
			fail(name, "%s", message)
		}
		return nil
	})
	if err != nil {
		fail("", "its tests cannot be read: %v", err)
	}
	if ctx.Err() != nil {
		fail("", "it could not be checked to the end: %v", ctx.Err())
	}
	if len(brokenFiles(problems)) > 0 {
		// It will not be loaded, so its programs are of no use.
		l.rego.Forget(prefix)
	}
	return problems
}

// test runs one suite and returns what is wrong.
func test(ctx context.Context, set *engine.Set, text []byte) []string {
	suite, err := sigtest.Parse(text)
	if err != nil {
		return []string{err.Error()}
	}
	results, err := sigtest.Run(ctx, set, suite)
	if err != nil {
		return []string{err.Error()}
	}
	var wrong []string
	for _, r := range results {
		for _, failure := range r.Failures {
			wrong = append(wrong, fmt.Sprintf("test %q: %s", r.Case, failure))
		}
	}
	return wrong
}
