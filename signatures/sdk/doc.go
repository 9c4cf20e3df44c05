// Package sdk is what the author of a Go signature imports.
//
// A signature says what it is (Metadata), which events it wants (Selectors)
// and looks at one event at a time (OnEvent). It must not start goroutines,
// read clocks or keep state in globals: a detector runs many copies of it, on
// many machines, and replays must give the same findings. What it has to
// remember it declares (Stateful) and finds in its Context, and so it does with
// data sources.
//
// The package imports only the schemas; it returns errors and never logs.
package sdk
