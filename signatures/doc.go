// Package signatures holds the signatures that Weir ships: Rego ones as files,
// Go ones as values, and the table of packs that says which of them are loaded
// together.
//
// A signature lives in <tactic>/<id>/, beside its tests.yaml. Its id is the
// name of that directory and also its event name; an id, once released, keeps
// its meaning. Those of Tracee keep the ids, event names and versions that they
// have always had: they live in tracee_parity/<id>_<event name>/, as two of
// them may share an event name. The package must not load or evaluate anything.
package signatures
