// Package plugin loads signatures and data sources from Go plugins: files *.so
// that export ExportedSignatures, as plugins for Tracee do.
//
// Go opens a plugin only in a program that was built with cgo, and only where
// both were built from the same versions by the same compiler with the same
// flags. All that can go wrong is told as a problem of that one file, with what
// does not fit. Code that was loaded cannot be unloaded or replaced: a Loader
// lives as long as the process, so that loading again knows what is there.
//
// The package must not choose directories and evaluates nothing. Loading a
// plugin runs its code with all rights of the process.
package plugin
