// Package frames is how messages lie in a file. A recording is 8 bytes that say
// what its messages are and in which version of this framing, then messages:
// the length of each as a little-endian 32-bit number, and so many bytes.
//
//	bytes     a message is
//	WEIRREC1  a weir.event.v1.RawBatch, as on WEIR_RAW
//	WEIREVT1  a weir.event.v1.Batch, as on WEIR_EVENTS
//
// Messages are not compressed. A recording ends after any message: one that was
// cut off is whole up to there, and a Reader names the offset of what is not.
//
// The package must not look into messages, flush or close files. It takes no
// more memory for a message than it has read of it, but for a small start.
package frames
