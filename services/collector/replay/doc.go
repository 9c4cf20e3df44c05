// Package replay records raw batches to a file and plays them back.
//
// A recording is the 8 bytes "WEIRREC1", then batches: the length of each as a
// little-endian 32-bit number and a protobuf weir.event.v1.RawBatch of that
// length. The digit is the version of this framing; what is inside a batch has
// versions of its own.
//
// It must not change what was recorded, but for the times when asked to play it
// as if it happened now: node, boot id and sequence numbers, and so the ids of
// events and findings, are those of the recording.
package replay
