// Package probe is the live source: it loads the kernel programs and reads
// their rings.
//
// Both rings are read in the order of kernel time, so that a process's fork is
// handed over before what the child does. While nothing happens the reader
// sleeps and is woken by the first record; while records come it looks again
// every few milliseconds, and producers pay for no wake-ups.
//
// It must not decode or change records, and it publishes nothing.
package probe
