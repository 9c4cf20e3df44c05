// Package outside connects the data sources of a detector with what is outside
// of its process: buckets that are data sources, and the enrichers, which are
// asked for what the detector's replicas do not know.
//
// It must not answer look-ups itself; see the packages source and bucket.
package outside
