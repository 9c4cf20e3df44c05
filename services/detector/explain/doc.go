// Package explain tells why a signature matched an event or did not: which
// selector took it, and for Rego which expression of each rule held and with
// what values.
//
// It must not decide anything itself: whether there is a match is asked of the
// engine, and how it came to be of OPA's own evaluator.
package explain
