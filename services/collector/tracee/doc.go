// Package tracee reads Tracee's events, one a line of JSON in either of its
// forms, as raw batches: a source of events where no kernel is watched.
//
// An event's number is that of its line, its node is what Tracee calls the host
// unless it is given, and its boot is given or made of the first line. So the
// same input gives the same ids, whenever it is read. The order of a node's
// events is that of their lines.
//
// What is no event is counted as lost, told with its line, and passed over.
// Memory is bounded whatever the input is: a line may have 16 MiB.
//
// It must not change events, look for containers or processes (that is for the
// enricher), or wait for more input while it holds events.
package tracee
