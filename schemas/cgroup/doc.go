// Package cgroup reads what the path of a cgroup says: which container its
// processes belong to, of which runtime and pod.
//
// The collector and the enricher must come to the same answer, because the
// kernel programs leave out on the collector's word what the enricher would have
// called the host's. The package must not look at any file system: a path is all
// it knows.
package cgroup
