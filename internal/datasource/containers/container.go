package containers

import (
	"math"

	"github.com/weirsec/weir/schemas/event"
)

// never is the time of what has not happened.
const never = math.MaxInt64

// Container is what a Table knows about one container. The cgroups below the
// container's own share it.
type Container struct {
	// ID, Runtime and PodUID are as in an Identity.
	ID, Runtime, PodUID string

	// cgroups counts those that share it.
	cgroups int
	life    life
	// gaveUp says that nobody waits for its facts any more.
	gaveUp bool

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

// Awaited reports whether it is worth to wait for the facts of a container: they
// are not known, and nobody did so in vain.
func (c *Container) Awaited() bool { return c.facts == nil && !c.gaveUp }

// GiveUp says that nobody waits for the container's facts any more. They are
// taken all the same when they come.
func (c *Container) GiveUp() { c.gaveUp = true }

// Started reports whether the container ran its own program at a time, in Unix
// nanoseconds. Before that the runtime is still setting it up.
//
// A container's own program is the first one that is executed in the
// container's cgroup either as pid 1 of its pid namespace or in another mount
// namespace than the one that the cgroup was made in (containers may share the
// host's pids). What the runtime executes on its way (runc init) is neither.
// A container that was there before the collector counts as started. One whose
// cgroup is made again is started again: until then it is set up again.
func (c *Container) Started(at int64) bool { return c.life.started(at) }

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
	c.shown.Name, c.shown.Image, c.shown.ImageDigest, c.shown.Labels = f.Name, f.Image, f.ImageDigest, f.Labels
	c.pod.PodName, c.pod.PodNamespace, c.pod.PodSandbox = f.PodName, f.PodNamespace, f.Sandbox
	c.pod.PodLabels = f.PodLabels
	if f.Runtime != "" {
		c.shown.Runtime = f.Runtime
	}
	if f.PodUID != "" {
		c.pod.PodUID = f.PodUID
	}
}
