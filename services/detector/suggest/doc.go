// Package suggest finds the names that somebody may have meant by one that
// nothing has.
//
// It must not know what the names are of.
package suggest
