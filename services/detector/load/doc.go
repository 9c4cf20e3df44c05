// Package load puts the set of signatures together that an operator asks for:
// shipped packs, directories, and single signatures out of them.
//
// It must not evaluate events or watch for changes, and it never prints of its
// own: what is wrong is returned, or written where the caller says.
package load
