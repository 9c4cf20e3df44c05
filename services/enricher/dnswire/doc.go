// Package dnswire reads DNS messages as they were on the wire, in the forms that
// signatures know: Tracee's.
//
// A message is chosen by whoever sends it. Reading ends at the first thing that
// makes no sense and keeps what came before; names count towards a limit, so
// that compression cannot make much of little.
//
// The package must not keep anything from one message to the next, nor resolve
// names.
package dnswire
