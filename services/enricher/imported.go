package enricher

import (
	"fmt"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
)

// imported fills h.events with events that were decoded elsewhere, in the order
// that they have: whoever decoded them saw their source.
func (h *handler) imported(raw *eventpb.RawBatch) error {
	h.events, h.told = h.events[:0], h.told[:0]
	if len(raw.Events) == 0 {
		return nil
	}
	b, err := h.batches.Decode(raw.Events)
	if err != nil {
		return err
	}
	// One of another node would be enriched with this one's processes.
	if in, out := b.Envelope, raw.Envelope; in.Node != out.Node || in.BootId != out.BootId {
		return fmt.Errorf("events of %s, boot %s, in a batch of %s, boot %s", in.Node, in.BootId, out.Node, out.BootId)
	}
	h.events = append(h.events, b.Events...)
	return nil
}

// adopter adds to the contexts of imported events what they lack. Events that
// shared a context share the new one as long as it stays the same.
type adopter struct {
	made map[*event.Context]*event.Context
}

// reset starts a message.
func (a *adopter) reset() {
	if a.made == nil {
		a.made = make(map[*event.Context]*event.Context)
	}
	clear(a.made)
}

// adopt learns from an event and fills in what its context does not say itself.
// It returns the id of its container, "" outside.
func (a *adopter) adopt(n *node, e *event.Event) string {
	given := e.Context
	own := *given
	identify(&own)
	e.Context = &own
	n.containers.Apply(e)
	n.tree.Apply(e)
	n.addProcess(&own, e.Time)
	n.addContainer(&own, e.Time)
	if last := a.made[given]; last != nil && *last == own {
		e.Context = last
	} else {
		a.made[given] = &own
	}
	return own.Container.ID
}

// identify makes the ids of threads and processes that older Tracees did not
// give, as the newer ones made them.
func identify(c *event.Context) {
	if c.ThreadEntityID == 0 && c.HostTID != 0 && c.ThreadStartTime != 0 {
		c.ThreadEntityID = event.EntityID(c.HostTID, c.ThreadStartTime)
	}
	if c.ProcessEntityID == 0 && c.HostTID == c.HostPID {
		c.ProcessEntityID = c.ThreadEntityID
	}
}

// addProcess adds the lineage and the program to a context without.
func (n *node) addProcess(c *event.Context, at int64) {
	process, status := n.tree.LineageOf(c, at)
	switch {
	case c.Process != nil:
		if c.ProcessStatus == event.StatusNone {
			c.ProcessStatus = event.StatusResolved
		}
	case c.ProcessStatus == event.StatusNone, status == event.StatusResolved:
		c.Process, c.ProcessStatus = process, status
	}
	if c.Executable == "" && status == event.StatusResolved {
		c.Executable = process.Executable
	}
}

// addContainer adds the container to a context without, where the node's cgroups
// tell. Who tells nothing of a container and of cgroups means that there is none.
func (n *node) addContainer(c *event.Context, at int64) {
	box, status := n.containers.Lookup(c.CgroupID)
	switch {
	case c.Container.ID != "":
		if c.ContainerStatus == event.StatusNone {
			c.ContainerStatus = event.StatusResolved
		}
		if box == nil || box.ID != c.Container.ID {
			return
		}
		shown, pod := box.Show()
		for _, f := range []struct{ have, known *string }{
			{&c.Container.Runtime, &shown.Runtime},
			{&c.Container.Name, &shown.Name},
			{&c.Container.Image, &shown.Image},
			{&c.Container.ImageDigest, &shown.ImageDigest},
			{&c.Kubernetes.PodUID, &pod.PodUID},
			{&c.Kubernetes.PodName, &pod.PodName},
			{&c.Kubernetes.PodNamespace, &pod.PodNamespace},
		} {
			if *f.have == "" {
				*f.have = *f.known
			}
		}
		if c.Container.Labels == nil {
			c.Container.Labels = shown.Labels
		}
		if c.Kubernetes.PodLabels == nil {
			c.Kubernetes.PodLabels = pod.PodLabels
		}
	case c.ContainerStatus != event.StatusNone:
	case box != nil:
		c.ContainerStatus, c.ContainerStarted = status, box.Started(at)
		shown, pod := box.Show()
		c.Container, c.Kubernetes = *shown, *pod
	case status == event.StatusPending:
		c.ContainerStatus = event.StatusNotFound
	default:
		c.ContainerStatus = status
	}
}
