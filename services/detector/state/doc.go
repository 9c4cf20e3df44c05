// Package state is the memory of stateful signatures: keyed stores of short
// texts, bounded in entries and bytes, whose entries end by the times of
// events, and their form in checkpoints.
//
// It must not read clocks, start goroutines or know what a signature is. A
// Store is used by one goroutine at a time; the engine holds one set of them
// for each partition.
package state
