// Package reload keeps the set of signatures that a detector evaluates up to
// date: it loads again when it is told that something has changed, puts the new
// set in force, and tells people, metrics and other instances what came of it.
// What cannot be loaded never takes away what is in force.
//
// It must not know where signatures come from or how they are compiled: it is
// given a function that loads, and it never evaluates an event.
package reload
