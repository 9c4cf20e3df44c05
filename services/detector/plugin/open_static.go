//go:build !cgo

package plugin

// Supported reports whether this program can load plugins.
const Supported = false

// open refuses: Go loads plugins through the C library only.
func open(string) (lookup, error) { return nil, errStatic }
