// Package tracee lets Go signatures and data sources that were written for
// Tracee, against github.com/aquasecurity/tracee/types, work as signatures and
// data sources of Weir, unchanged.
//
// Such a signature keeps what it remembers in its own fields, so each partition
// gets a copy of it, made before anybody initialised it. Events become
// trace.Event once for all signatures of a partition.
//
// The package must not load files and knows no signature by name. It starts no
// goroutines and defends itself against signatures that do: a finding that is
// reported at any time but while its signature looks at an event is an error,
// never a crash.
package tracee
