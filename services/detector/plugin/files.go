package plugin

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/weirsec/weir/services/detector/problem"
	"github.com/weirsec/weir/services/detector/sigdir"
)

// files returns the plugins below a directory, which may be a symbolic link, in
// a fixed order.
func files(dir string) ([]string, []problem.Problem) {
	var found []string
	var problems []problem.Problem
	err := sigdir.Walk(os.DirFS(dir), func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			problems = append(problems, failure(filepath.Join(dir, name), err))
		case !entry.IsDir() && strings.HasSuffix(name, ".so"):
			found = append(found, filepath.Join(dir, name))
		}
		return nil
	})
	if err != nil {
		problems = append(problems, failure(dir, err))
	}
	return found, problems
}

func failure(path string, err error) problem.Problem {
	return problem.Problem{Severity: problem.Error, File: path, Message: err.Error()}
}

func warning(path, message string) problem.Problem {
	return problem.Problem{Severity: problem.Warning, File: path, Message: message}
}
