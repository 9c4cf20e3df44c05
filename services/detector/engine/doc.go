// Package engine evaluates signatures: it holds the loaded set, knows which
// events each signature selected, and runs them one event at a time with their
// faults kept apart from each other.
//
// It must not know how a signature is written (Rego and Go are adapters that
// give it Programs), how events arrive or what becomes of a match. It starts
// no goroutines, takes no locks while it evaluates and never logs.
package engine
