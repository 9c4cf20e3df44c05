// Package plan asks OPA for the plan of a query: its imperative form, which
// machine compiles.
//
// OPA's planner is internal to it; the public way to its result is a target of
// evaluation, which OPA keeps in a table of the process. This package puts one
// there, once. It must not compile or evaluate anything.
package plan
