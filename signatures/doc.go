// Package signatures holds the signatures that Weir ships: Rego ones as files,
// Go ones as values, and the table of packs that says which of them are loaded
// together.
//
// A signature lives in <tactic>/<id>/, beside its tests.yaml. Its id is the
// name of that directory and also its event name; an id, once released, keeps
// its meaning. The package must not load or evaluate anything.
package signatures
