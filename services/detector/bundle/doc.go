// Package bundle packs a directory of signatures into one signed file and opens
// such files again: OPA's bundle format, a gzipped tar archive, and OPA's
// signatures over it, so that OPA's own tools can make and verify them too.
//
// It must not trust what it reads before the signature is verified, beyond
// unpacking it within fixed bounds, and it must not load, store or send
// anything.
package bundle
