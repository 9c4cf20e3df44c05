package rego

import (
	"errors"
	"fmt"
	"sync/atomic"
)

// shadowEvery is how many evaluations there are for each one that topdown does
// too, besides all those that match. One by topdown costs as much as hundreds.
const shadowEvery = 10_000

// errDisagree is what an evaluation fails with when the closures and topdown do
// not agree. Topdown is right by definition, so its answer counts.
var errDisagree = errors.New("the compiled signature and topdown do not agree; topdown evaluates it from now on")

// demotion is set, for all partitions and for good, when closures were found to
// be wrong.
type demotion struct{ reason atomic.Pointer[string] }

func (d *demotion) demote(event string) {
	reason := fmt.Sprintf("the compiled form did not agree with topdown on event %s", event)
	d.reason.CompareAndSwap(nil, &reason)
}

// demoted returns why the closures are no longer used, nil while they are.
func (d *demotion) demoted() *string { return d.reason.Load() }
