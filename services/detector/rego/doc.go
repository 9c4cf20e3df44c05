// Package rego makes Programs of signatures written in Rego: it finds and
// parses the files, checks them, reads their metadata and selectors, and
// evaluates them with OPA's topdown.
//
// It is the only package that knows OPA. It must not let a signature reach the
// network, the clock, randomness or this process, and one bad file must not
// keep another from loading.
package rego
