// Package slab makes many small values that are given up together, such as the
// messages of a checkpoint, for the price of few.
//
// It must not be used for values that outlive each other: one that is still in use
// keeps all that were made with it.
package slab
