// Package machine runs Rego that OPA has planned: it turns the statements of a
// plan into Go closures once, and then evaluates those over an event as it
// lies in memory.
//
// The phases meet through data: OPA's ir.Policy goes in, compile makes an
// immutable Program of it, and a Machine, one for each goroutine, evaluates
// that. What the plan means is OPA's to say; where this package and OPA's
// topdown differ, this package is wrong. It must not parse Rego, load files or
// know what a signature is.
package machine
