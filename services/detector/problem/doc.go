// Package problem describes what is wrong with a signature file, for people:
// where, what, and the line itself.
//
// It must not decide what follows from a problem; whoever loads does.
package problem
