// Package sigtest runs the tests.yaml of signatures: events in, the findings
// that they must give out.
//
// It must not load signatures: it is given the set, so that a test says
// something about what is really loaded.
package sigtest
