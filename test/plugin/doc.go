// Package plugin builds Weir and Go plugins as their authors do, and holds what
// comes of it against the documentation. example is the plugin that the
// documentation shows; those in testdata are broken in one way each.
//
// It needs a C compiler, and must not be needed by anything.
package plugin
