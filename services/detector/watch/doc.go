// Package watch tells when signature files below directories have changed: by
// the kernel's word where it gives it, and by looking from time to time, because
// network file systems and the targets of symbolic links give none.
//
// It must not read signatures or decide what a change means.
package watch
