package reload

import (
	"fmt"
	"log/slog"
	"slices"

	"github.com/weirsec/weir/services/detector/problem"
)

// failures counts the problems that kept something from loading.
func failures(problems []problem.Problem) int {
	n := 0
	for _, p := range problems {
		if p.Severity == problem.Error {
			n++
		}
	}
	return n
}

// level is how much a load wants to be seen.
func level(problems []problem.Problem) slog.Level {
	if failures(problems) > 0 {
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

// show writes the problems that people have not been shown by the load before.
func (r *Reloader) show(problems []problem.Problem) {
	known := r.now().problems
	for _, p := range problems {
		if !slices.Contains(known, p) {
			fmt.Fprintln(r.cfg.Messages, p)
		}
	}
}

// tell brings health up to date and has the others told.
func (r *Reloader) tell() {
	now := r.now()
	bad := failures(now.problems)
	switch {
	case now.failure != nil:
		r.cfg.Health(partSignatures, fmt.Sprintf("not reloaded, the last good set is in force: %v", now.failure))
	case bad > 0:
		r.cfg.Health(partSignatures, fmt.Sprintf("%d not loaded, see the messages", bad))
	default:
		r.cfg.Health(partSignatures, "")
	}
	if r.bundles != nil {
		r.cfg.Health(partBundles, r.bundles.trouble())
	}
	select {
	case r.news <- struct{}{}:
	default:
	}
}
