// Package scaffold writes the first files of a new signature: one that loads,
// has tests, and passes them and the linter.
//
// It must never write over anything that is there.
package scaffold
