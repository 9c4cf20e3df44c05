package load

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/problem"
	"github.com/weirsec/weir/services/detector/rego"
)

// directory is a directory of the operator's over many loads: it remembers the
// last good version of each file. Of a library that is its text, which others
// are compiled with while the library is broken; of a signature its program.
type directory struct {
	name     string
	texts    map[string]string
	programs []engine.Program
}

// load loads the directory. Files that are broken now and loaded before are
// told of, and stay in force as they were.
func (d *directory) load(
	ctx context.Context, loader *rego.Loader, plugged *plugins,
) ([]engine.Program, []problem.Problem, error) {
	if err := d.check(); err != nil {
		return nil, nil, err
	}
	now := newView(os.DirFS(d.name), nil)
	programs, problems := loader.Load(ctx, now, d.name)
	earlier := d.earlier(brokenFiles(problems))
	if len(earlier) > 0 {
		// What follows from a broken library is not worth telling.
		told := of(problems, earlier, d.name)
		programs, problems = loader.Load(ctx, newView(os.DirFS(d.name), earlier), d.name)
		problems = append(told, problems...)
	}
	compiled, found := plugged.load(ctx, d.name)
	programs, problems = append(programs, compiled...), append(problems, found...)
	if ctx.Err() != nil {
		// What was not read because of the end is not gone.
		return nil, nil, fmt.Errorf("signature directory %s: loading was stopped: %w", d.name, ctx.Err())
	}
	broken := brokenFiles(problems)
	kept := d.kept(programs, broken, now.read)
	programs = append(programs, kept...)
	problems = append(problems, d.tell(earlier, kept)...)
	d.remember(programs, earlier, broken, now.read)
	if len(programs) == 0 {
		problems = append(problems, problem.Problem{
			Severity: problem.Warning, File: d.name, Message: "no signature was loaded from this directory",
		})
	}
	return programs, problems, nil
}

// check returns an error where there is no directory to load.
func (d *directory) check() error {
	info, err := os.Stat(d.name)
	if err != nil {
		return fmt.Errorf("signature directory: %w", err)
	}
	if !info.IsDir() {
		return fmt.Errorf("signature directory: %s is a file: name the directory that holds it", d.name)
	}
	if _, err := fs.ReadDir(os.DirFS(d.name), "."); err != nil {
		return fmt.Errorf("signature directory %s: %w", d.name, err)
	}
	return nil
}

// brokenFiles returns the names of the files that have an error.
func brokenFiles(problems []problem.Problem) map[string]bool {
	broken := make(map[string]bool)
	for _, p := range problems {
		if p.Severity == problem.Error {
			broken[p.File] = true
		}
	}
	return broken
}

// earlier returns the last good text of each broken library that has one.
func (d *directory) earlier(broken map[string]bool) map[string]string {
	texts := make(map[string]string)
	for name, text := range d.texts {
		if broken[path.Join(d.name, name)] {
			texts[name] = text
		}
	}
	return texts
}

// of returns the problems of some files below a directory.
func of(problems []problem.Problem, files map[string]string, dir string) []problem.Problem {
	var found []problem.Problem
	for _, p := range problems {
		if _, is := files[strings.TrimPrefix(p.File, path.Clean(dir)+"/")]; is {
			found = append(found, p)
		}
	}
	return found
}

// kept returns the programs that were in force, whose files are still there,
// and that nothing takes the place of because something is broken.
func (d *directory) kept(programs []engine.Program, broken map[string]bool, read map[string]string) []engine.Program {
	if len(broken) == 0 {
		return nil
	}
	var kept []engine.Program
	for _, old := range d.programs {
		loaded := slices.ContainsFunc(programs, func(p engine.Program) bool { return p.Source() == old.Source() })
		if !loaded && d.exists(old.Source(), broken, read) {
			kept = append(kept, old)
		}
	}
	return kept
}

// exists reports whether a file is still there: it was read, it is told of, or
// it lies below a directory that could not be looked into.
func (d *directory) exists(file string, broken map[string]bool, read map[string]string) bool {
	for name := range read {
		if path.Join(d.name, name) == file {
			return true
		}
	}
	for name := range broken {
		if file == name || strings.HasPrefix(file, name+"/") {
			return true
		}
	}
	return false
}

// tell says of each file that is in force as it was before.
func (d *directory) tell(earlier map[string]string, kept []engine.Program) []problem.Problem {
	var files []string
	for name := range earlier {
		files = append(files, path.Join(d.name, name))
	}
	for _, p := range kept {
		files = append(files, p.Source())
	}
	slices.Sort(files)
	var told []problem.Problem
	for _, file := range slices.Compact(files) {
		told = append(told, problem.Problem{
			Severity: problem.Warning, File: file, Message: "it stays in force as it was when it last loaded",
		})
	}
	return told
}

// remember keeps what is good for the next load.
func (d *directory) remember(
	programs []engine.Program, earlier map[string]string, broken map[string]bool, read map[string]string,
) {
	signatures := make(map[string]bool)
	for _, p := range programs {
		signatures[p.Source()] = true
	}
	texts := maps.Clone(earlier)
	for name, text := range read {
		if file := path.Join(d.name, name); !broken[file] && !signatures[file] {
			texts[name] = text
		}
	}
	d.texts, d.programs = texts, programs
}
