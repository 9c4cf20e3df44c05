// Package query translates between the keys and results of Weir's own data
// sources, as signatures give and get them, and the questions and answers that
// go over the bus. Both ends of the service use it: the enricher that answers,
// and the detector that asks.
//
// It must not look anything up, and it knows nothing of the bus.
package query
