package facts

import "errors"

// ErrNotFound means that the runtime has no container of that id.
var ErrNotFound = errors.New("no such container")

// ErrNoStream means that the runtime cannot tell of changes: it must be asked
// again and again.
var ErrNoStream = errors.New("the runtime tells of no changes")

// ErrNotServed means that what listens at the socket does not speak the
// interface.
var ErrNotServed = errors.New("the interface is not served here")

// Container is one container as its runtime describes it. What the runtime does
// not tell is empty.
type Container struct {
	// Runtime is "docker", "containerd", "crio" or the name that the runtime
	// has for itself.
	Runtime string
	// ID is the runtime's id, which is also in the cgroup's path.
	ID, Name string
	// Image is the image as it was asked for. ImageDigest is the digest of its
	// manifest in the registry, "sha256:…", or where there is none, as for an
	// image that was built here, that of its configuration (the image's id).
	Image, ImageDigest string
	// Labels are pairs, key and value in turn, sorted by key.
	Labels []string

	// The pod, where the container is part of one.
	PodName, PodNamespace, PodUID string
	PodLabels                     []string
	// Sandbox is true for the container that only holds the pod's namespaces.
	Sandbox bool

	// PID is the first process, in the root pid namespace; 0 while there is
	// none.
	PID int32
	// Created and Started are Unix nanoseconds; 0 where it has not happened.
	Created, Started int64
}

// Entry is one line of a runtime's list.
type Entry struct {
	ID string
	// Live is true for a container that runs or is about to; one that has ended
	// may be started again.
	Live bool
}

// Change is what a runtime tells of one container as it happens.
type Change struct {
	ID string
	// Removed is true where the container is gone for good; otherwise it was
	// created, started, or is something else than before.
	Removed bool
	// Created is true where it was created just now: asking would not tell more
	// than came with the change.
	Created bool
	// Told is what came with the change, or nil. It comes at once, and also for
	// a container that is gone by the time its runtime is asked.
	Told *Container
}
