// Package catalogue is the one list of the events that Weir observes: their
// names, numbers, arguments, where each value comes from, the kernel hooks that
// make them and what they matter for. The kernel's tables, the decoder, the
// JSON Schemas, the doctor's table and the documentation are made from it.
//
// Names of events and arguments and types of arguments are Tracee's, because
// signatures name them. An event may have more arguments than Tracee's, always
// behind those that both have.
//
// The package must not talk to the kernel, decode anything or know which hook
// this machine has: package bpf does.
package catalogue
