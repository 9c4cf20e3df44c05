// Package bench measures Weir as a whole: what an event costs in each stage,
// how many go from the kernel's ring to a finding in a second, and how long one
// takes; and, with the stages as programs of their own, how that grows with their
// number and what a hop costs against the broker alone. A run of the ordinary tests does the same work once and small, so that
// it stays right.
//
// It must not measure parts of a package: those benchmarks live beside the code.
// Nor may it stand in for anything: the broker, the stages and the kernel are
// the real ones, wired as cmd/weir does it.
package bench
