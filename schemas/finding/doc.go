// Package finding defines what Weir tells people and machines: the data of a
// finding's CloudEvent, and the detection message that becomes one.
//
// The shape of Finding is a public contract, described by the JSON Schema in
// this folder and only ever added to. The package must not know how findings
// are made, transported or shown, and imports no other part of Weir but the
// sibling schemas.
package finding
