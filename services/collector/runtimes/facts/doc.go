// Package facts is what a container runtime can tell of a container, in the
// words that all runtimes share, and how much of it is kept.
//
// Names, images and labels are chosen by whoever may start containers: they are
// bytes and no more, and each has a bound. It must not talk to a runtime or
// know how the facts travel.
package facts
