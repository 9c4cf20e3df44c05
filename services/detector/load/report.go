package load

import (
	"context"
	"fmt"
	"io"

	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/problem"
)

// Report does what Load does and writes what is wrong with single files to
// messages, for the people who wrote them. It returns how many files or
// signatures could not be loaded.
func Report(ctx context.Context, r Request, messages io.Writer) (set *engine.Set, bad int, err error) {
	set, problems, err := Load(ctx, r)
	for _, p := range problems {
		fmt.Fprintln(messages, p)
		if p.Severity == problem.Error {
			bad++
		}
	}
	if err != nil {
		return nil, bad, err
	}
	if bad > 0 {
		fmt.Fprintln(messages, problem.Summary(bad, len(set.Signatures())))
	}
	return set, bad, nil
}
