package main

import "github.com/weirsec/weir/services/detector/engine"

// ordered reports whether a set has signatures that remember events, so that
// one evaluator must see all of them one after another.
func ordered(set *engine.Set) bool {
	stateful, ok := any(set).(interface{ Stateful() bool })
	return ok && stateful.Stateful()
}
