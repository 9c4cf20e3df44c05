// Package recent remembers the last keys that were seen, so that a finding
// which arrives twice is acted on once.
//
// It is bounded and forgets: beyond its capacity a key counts as new again. It
// must not be what correctness rests on, only what spares people duplicates.
package recent
