package load

import (
	"context"
	"fmt"
	"io"

	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/problem"
)

// Report does what Load does and writes what is wrong with single files to
// messages, for the people who wrote them.
func Report(ctx context.Context, r Request, messages io.Writer) (*engine.Set, error) {
	set, problems, err := Load(ctx, r)
	bad := 0
	for _, p := range problems {
		fmt.Fprintln(messages, p)
		if p.Severity == problem.Error {
			bad++
		}
	}
	if err != nil {
		return nil, err
	}
	if bad > 0 {
		fmt.Fprintf(messages, "%d signature files or signatures not loaded; loaded: %d\n", bad, len(set.Signatures()))
	}
	return set, nil
}
