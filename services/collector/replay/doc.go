// Package replay records raw batches to a file and plays batches back, whatever
// they were read from: recordings of raw batches and of events (package frames
// says how they are framed), and what other readers make.
//
// It must not change what was recorded, but when asked to play it as if it
// happened now: node, boot id and sequence numbers, and so the ids of events and
// findings, are those of the recording.
package replay
