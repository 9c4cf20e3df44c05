// Package correlate makes a signature fire on several of its matches instead of
// each: so many within a span of time, so many different values, or the events
// of several kinds. It wraps the signature's Program, whose own matches are what
// it counts, and knows nothing of how that is written.
//
// Time is the time of events. A window is a span of time that holds the match
// at hand, so a match that comes late counts with those around it, and the same
// events in the same order give the same findings. It must not read clocks,
// start goroutines or keep events: of a match it keeps the id, the time and what
// is counted.
package correlate
