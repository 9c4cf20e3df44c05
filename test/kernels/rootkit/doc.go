// Package rootkit loads a kernel module that does what rootkits do, and looks
// whether the collector notices. Package kernels builds the module and runs the
// tests in a virtual machine.
//
// It must not run on a machine that matters: without WEIR_ROOTKIT, which names
// the module, everything is skipped.
package rootkit
