// Package source has the data sources that signatures may ask: those that are
// registered, and Weir's own. These answer from what the partition's events have
// taught them since a signature asked for them, from the event at hand, and from
// what enrichers have answered to questions in the background.
//
// It must not leave the process to answer, and it must not wait: a source is
// asked in the middle of an evaluation. Nothing is learnt and nothing is paid
// for while no signature has asked for a source.
package source
