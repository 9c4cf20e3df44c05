// Package recorder writes messages of WEIR_RAW or WEIR_EVENTS to a recording:
// those events that are wanted, up to a number of events and bytes, and an
// account of what is missing.
//
// A recording is whole after each message. What was lost on the way, or did not
// fit, is in it as losses and in the Ledger; events that nobody asked for are
// counted and are no loss. Processes and cgroups are always wanted: without them
// no other event can be understood.
//
// It must not know where messages come from, and does not open, flush or sync
// files.
package recorder
