package containers

import (
	"math"

	"github.com/weirsec/weir/schemas/event"
)

// notStarted is the time of a start that has not happened.
const notStarted = math.MaxInt64

// Container is what a Table knows about one container. The cgroups below the
// container's own share it.
type Container struct {
	// ID, Runtime and PodUID are as in an Identity.
	ID, Runtime, PodUID string

	// cgroups counts those that share it.
	cgroups int
	// started is when the container's own program was first executed.
	started int64
	// setupNS is the mount namespace that the container's cgroup was made in,
	// 0 where that was not seen.
	setupNS uint32
	// existing and made tell where the container is known from.
	existing, made bool

	// facts is what its runtime told; nil where it has not, or where that was
	// forgotten.
	facts     *factsItem
	forgotten bool
	// shown and pod are how events show it.
	shown event.Container
	pod   event.Kubernetes
}

// Facts returns what the container's runtime told, nil where that is not known.
func (c *Container) Facts() *Facts {
	if c.facts == nil {
		return nil
	}
	return c.facts.Value
}

// Show returns the container and its pod as events show them now; both must not
// be changed. A nil Container is that of the host.
func (c *Container) Show() (*event.Container, *event.Kubernetes) {
	if c == nil {
		return new(event.Container), new(event.Kubernetes)
	}
	return &c.shown, &c.pod
}

// know takes over what the runtime told, nil for nothing. It knows better than
// the path what it is and whose pod.
func (c *Container) know(it *factsItem) {
	c.facts = it
	c.shown = event.Container{ID: c.ID, Runtime: c.Runtime}
	c.pod = event.Kubernetes{PodUID: c.PodUID}
	if it == nil {
		return
	}
	c.forgotten = false
	f := it.Value
	c.shown.Name, c.shown.Image, c.shown.ImageDigest = f.Name, f.Image, f.ImageDigest
	c.pod.PodName, c.pod.PodNamespace, c.pod.PodSandbox = f.PodName, f.PodNamespace, f.Sandbox
	if f.Runtime != "" {
		c.shown.Runtime = f.Runtime
	}
	if f.PodUID != "" {
		c.pod.PodUID = f.PodUID
	}
}

// Started reports whether the container ran its own program at a time, in Unix
// nanoseconds. Before that the runtime is still setting it up.
//
// A container's own program is the first one that is executed in the
// container's cgroup either as pid 1 of its pid namespace or in another mount
// namespace than the one that the cgroup was made in (containers may share the
// host's pids). What the runtime executes on its way (runc init) is neither.
// A container that was there before the collector counts as started.
func (c *Container) Started(at int64) bool {
	if c.existing && !c.made {
		return true
	}
	return at >= c.started
}

// execute notes that a program was executed in the container.
func (c *Container) execute(ctx *event.Context, at int64) {
	other := c.setupNS != 0 && ctx.MountNS != 0 && ctx.MountNS != c.setupNS
	if ctx.PID == 1 || other {
		c.started = min(c.started, at)
	}
}
