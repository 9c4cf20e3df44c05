// Package sigdir says which directories below one with signatures count: for
// whoever loads, tests, packs, formats or watches them, the same.
//
// It must not read files, nor judge them by their names: that differs.
package sigdir
