// Package source has the data sources that signatures may ask: those that are
// registered, and Weir's own, which answer from the event at hand.
//
// It must not leave the process to answer, and it must not wait: a source is
// asked in the middle of an evaluation.
package source
