// Package detection makes the detection message of a match: everything that is
// told about it, taken from the event, the signature and what is known of the
// evidence.
//
// It must not evaluate, publish or remember anything: the same match of the
// same event gives the same detection, but for the times of the work itself.
package detection
