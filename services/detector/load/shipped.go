package load

import (
	"context"
	"time"

	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/golang"
	"github.com/weirsec/weir/services/detector/problem"
	"github.com/weirsec/weir/services/detector/rego"
	"github.com/weirsec/weir/signatures"
)

// Shipped loads every signature that Weir ships, whatever pack it is in. The
// timeout is as in Request.
func Shipped(ctx context.Context, timeout time.Duration) ([]engine.Program, []problem.Problem) {
	programs, problems := shipped(ctx, rego.NewLoader(rego.Options{Timeout: timeout}))
	programs, found := correlated(programs)
	return programs, append(problems, found...)
}

func shipped(ctx context.Context, loader *rego.Loader) ([]engine.Program, []problem.Problem) {
	programs, problems := loader.Load(ctx, signatures.Files(), shippedPrefix)
	for _, s := range signatures.Go() {
		programs = append(programs, golang.New(s))
	}
	return programs, problems
}
