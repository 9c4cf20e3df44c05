// Package detector is the stage that evaluates signatures: batches of enriched
// events in, detections out.
//
// It must not enrich, deliver or connect to anything: the stage loop brings it
// messages and publishes what it returns. Which signatures are loaded is
// decided by whoever gives it a set.
package detector
