// Package bpf holds Weir's kernel programs and loads them.
//
// The C sources are weir.bpf.c and headers/; the objects compiled from them are
// committed, so that only who changes them needs clang. Load puts each program
// into the kernel on its own: one that this kernel refuses costs its events and
// a line in the table of attachments, never the others.
//
// The package must not read the rings or look into records: services/collector
// does the first, schemas/record the second. It starts no goroutines.
package bpf
