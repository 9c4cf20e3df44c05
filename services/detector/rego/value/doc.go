// Package value holds the values that compiled Rego works with: small tagged
// unions that refer to an event where it lies instead of copying it, and
// collections of their own for what a signature builds.
//
// It knows OPA's order and equality of values, which it must keep to the
// letter, and how to turn a value into one of OPA's and back. It must not
// evaluate anything.
package value
