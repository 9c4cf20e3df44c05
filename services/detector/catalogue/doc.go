// Package catalogue lists the kinds of events that Weir observes, for the tools
// of signature authors.
//
// It must not add any of its own: they are those that there are records of.
package catalogue
