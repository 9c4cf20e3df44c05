// Package batch turns the events of one node into one message of WEIR_EVENTS
// and back: the protobuf message weir.event.v1.Batch, in which texts, shapes,
// thread contexts and processes are written once for all events of the batch,
// by columns. It writes and reads the wire format itself; the generated code
// serves the small messages, and everybody else.
//
// It must not change events, compress, publish or log. What it reads are
// foreign bytes: every index is checked, and a bad message is an error and
// never a panic.
package batch
