// Package event defines one observation of the kernel: its name, its
// arguments and the process that caused it, as every stage of Weir sees it.
//
// Names of events, arguments and types are Tracee's; they are the contract
// that signatures are written against. The package also owns the one JSON
// rendering of an event (the flat trace.Event form that Rego signatures get as
// input) and the one tolerant parser of it.
//
// It must not know how events are collected, transported or stored: package
// batch is the wire, package record the kernel's layout. It logs nothing,
// keeps no state and imports only the standard library.
package event
