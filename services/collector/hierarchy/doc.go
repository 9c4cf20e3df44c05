// Package hierarchy finds the cgroup hierarchy whose ids tell containers apart.
//
// Container runtimes always use the pids controller. Where that is mounted as
// cgroup v1 (a v1 or hybrid machine) host processes share one id in v2, and ids
// of v1 hierarchies are unique only among themselves: so there is exactly one
// hierarchy to take ids from, here and in the kernel programs.
//
// It must not name containers: the enricher reads that from the paths.
package hierarchy
