// Package stopwatch tells what an evaluation has used of a processor, so that
// one that had to wait for a processor, or was paused, is not held to be slow.
//
// It must not know what is evaluated, and never ends anything itself.
package stopwatch
