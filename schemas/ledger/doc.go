// Package ledger is how stages account for events: whoever writes to a stream
// numbers its messages, whoever reads them sees what is missing, and each keeps
// an Account for every node. Added up along the way of the events they balance:
//
//	read + missing = what the stage before has published
//	read           = published + held + dropped, by reason
//
// Numbers and accounts are part of what a stage remembers, so that they are the
// same after a stage was killed and another instance has gone on.
//
// The package must not know streams or stages beyond their names, and no clock.
package ledger
