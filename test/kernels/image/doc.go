// Package image gets files out of Debian's and Ubuntu's packages: kernels, and
// the few programs that guests need. They are fetched when they are wanted, by
// the machine's own apt with lists of its own, checked against the archive's
// signature, and kept by their hash in the user's cache.
//
// It must not change what is installed here, nor know what a file is for.
package image
