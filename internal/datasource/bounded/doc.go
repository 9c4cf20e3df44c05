// Package bounded is a map that never holds more than a number of bytes: what
// is over is retired things first and then those not used for longest.
//
// It must not read a clock or forget silently: times are the caller's, every
// eviction is counted, and for a while it still knows that a key was there.
// It is not safe for concurrent use.
package bounded
