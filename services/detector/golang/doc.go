// Package golang makes Programs of signatures that are written in Go with
// signatures/sdk.
//
// It must not choose which signatures are loaded, and it knows no signature by
// name.
package golang
