// Package cloudevent renders a detection as a CloudEvent and reads it back.
//
// The event is the public form of a finding: which attributes it has, and how
// each is made, is a contract with every subscriber. The same detection always
// gives the same bytes, so that a finding made again is recognised by its
// source and id. Rendering keeps to structured JSON.
//
// The package must not read clocks, draw random numbers or know where events
// are sent; stamps of stages are not part of an event and do not survive it.
package cloudevent
