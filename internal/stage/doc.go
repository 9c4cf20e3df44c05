// Package stage runs one stage of the pipeline: fetch a message, have a
// Handler turn it into outputs, publish them, wait for the broker to have
// them, and only then acknowledge the input. It is the only place that
// acknowledges, so it is the only place where an event could be lost or
// doubled.
//
// It knows messages, not events: what is in them is the Handler's business.
package stage
