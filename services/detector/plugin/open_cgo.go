//go:build cgo

package plugin

import "plugin"

// Supported reports whether this program can load plugins.
const Supported = true

// open runs a plugin's code and returns the look-up of its symbols. It is not
// built without cgo because the linker keeps every method of a program that
// could load plugins.
func open(path string) (lookup, error) {
	p, err := plugin.Open(path)
	if err != nil {
		return nil, err
	}
	return func(name string) (any, error) { return p.Lookup(name) }, nil
}
