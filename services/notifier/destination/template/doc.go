// Package template renders findings by the Go templates of operators, as
// tracee-rules did: the data has the shape of Tracee's findings, and the
// functions are those of Sprig that need nothing but their arguments.
//
// A template cannot reach the environment, files or the network, and what it
// makes is bounded. The package must not deliver anything.
package template
