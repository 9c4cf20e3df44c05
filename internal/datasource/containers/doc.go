// Package containers tells which container a cgroup belongs to: it reads the
// container's id, runtime and pod from cgroup paths and keeps, for one node,
// what events have said so far of cgroups, and of containers: their names,
// images, labels and pods, which the collector asks the node's runtimes for.
//
// It must not ask anybody: no container runtime, no Kubernetes API, no file
// system. It knows event time only, never the clock, so that a replay gives
// the same answers. It is not safe for concurrent use.
package containers
