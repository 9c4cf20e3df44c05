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
	programs, problems := rego.Load(ctx, signatures.Files(), shippedPrefix, rego.Options{Timeout: timeout})
	for _, s := range signatures.Go() {
		programs = append(programs, golang.New(s))
	}
	return programs, problems
}
