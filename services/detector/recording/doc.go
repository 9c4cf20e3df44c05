// Package recording reads events that were recorded: lines of JSON in either of
// Tracee's forms, Tracee's older gob streams, and Weir's own batches.
//
// A Reader splits its input into pieces, one after another; a Piece is decoded
// on its own, so that several can be decoded at once. What cannot be read is
// told with the number of its record and the reason, and the rest goes on.
//
// A recording of batches is framed as package frames says.
//
// The package must not evaluate events, start goroutines or choose a format by a
// file's name. Memory is bounded whatever the input is: a line may have 16 MiB,
// a batch 32 MiB.
package recording
