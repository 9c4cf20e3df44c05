// Package fault tests that Weir loses and doubles nothing, whatever fails: the
// real programs handle a recorded input while they, the broker and the network
// are killed, paused, stopped and cut, as a seed says. The findings must be those
// of an undisturbed run of the same input, and the ledger must balance.
//
// It must not know how a stage recovers: it breaks things from outside and looks
// at the streams.
package fault
