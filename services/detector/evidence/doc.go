// Package evidence knows what is missing around an event: the losses that the
// batches of its node tell of.
//
// It must not read messages or judge what a loss means for a signature; it uses
// the times of events and no clock.
package evidence
