//go:build !cgo

package plugin

// open refuses: Go loads plugins through the C library only.
func open(string) (lookup, error) { return nil, errStatic }
