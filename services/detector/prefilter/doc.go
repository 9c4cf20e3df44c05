// Package prefilter finds, among many signatures that selected an event, the few
// that could match it: each says what must hold of an event's texts for it to
// match at all, and an index over all of these is asked once.
//
// It may let through too much, never too little: what it leaves out must not be
// able to match. It must not know how a signature is written.
package prefilter
