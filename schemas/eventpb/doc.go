// Package eventpb is the generated Go code of event.proto, the public contract
// of the streams WEIR_RAW and WEIR_EVENTS (protobuf package weir.event.v1).
//
// It holds nothing written by hand but this comment: package batch turns these
// messages into events and back. Fields are only ever added.
package eventpb
