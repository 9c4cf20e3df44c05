// Package sigtest runs the tests that authors write for their signatures: the
// cases of tests.yaml, events in and the findings that they must give out, and
// the test rules of _test.rego files.
//
// It must not load signatures: it is given the sets, so that a test says
// something about what is really loaded, and on each engine that there is.
package sigtest
