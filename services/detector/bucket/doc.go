// Package bucket has a data source that is kept in a key-value bucket of the
// broker: allow lists, threat intelligence, whatever people want signatures to
// look up. Each key of the bucket is a key of the source, and changes of the
// bucket are seen at once.
//
// A look-up never leaves the process: the source has a copy of the bucket, which
// it keeps by watching it. The package must not write to buckets, except to make
// one that is missing.
package bucket
