package containers

import (
	"strings"

	"github.com/weirsec/weir/schemas/event"
)

// Adopt learns from the context of an event that was enriched elsewhere what
// that says of its container: whoever sees enriched events alone has no cgroups.
// What runtimes tell beyond a context, such as when a container was created, is
// in their own events, which Apply takes. Adopting a context twice changes
// nothing; once for each context is enough.
func (t *Table) Adopt(c *event.Context) {
	id, status := c.Container.ID, c.ContainerStatus
	if id == "" {
		return
	}
	if status == event.StatusResolved || status == event.StatusNone {
		status = event.StatusNone // As what a runtime told.
	}
	it := t.facts.Peek(id)
	if it != nil {
		t.facts.Use(it)
		// Earlier events of the container may say less.
		if it.Value.says(c, status) || status != event.StatusNone && it.Value.status == event.StatusNone {
			return
		}
	}
	t.set(id, adopted(c, status, it))
}

// says reports whether the facts are those that a context shows.
func (f *Facts) says(c *event.Context, status event.Status) bool {
	b, k := &c.Container, &c.Kubernetes
	return f.Name == b.Name && f.Image == b.Image && f.ImageDigest == b.ImageDigest && f.Runtime == b.Runtime &&
		f.PodName == k.PodName && f.PodNamespace == k.PodNamespace && f.PodUID == k.PodUID && f.Sandbox == k.PodSandbox &&
		f.status == status && f.Labels.Equal(b.Labels) && f.PodLabels.Equal(k.PodLabels)
}

// adopted makes facts of a context, and of what was known besides.
func adopted(c *event.Context, status event.Status, before *factsItem) *Facts {
	b, k := &c.Container, &c.Kubernetes
	f := &Facts{
		Runtime: strings.Clone(b.Runtime), Name: strings.Clone(b.Name),
		Image: strings.Clone(b.Image), ImageDigest: strings.Clone(b.ImageDigest),
		Labels: cloneLabels(b.Labels), PodLabels: cloneLabels(k.PodLabels),
		PodName: strings.Clone(k.PodName), PodNamespace: strings.Clone(k.PodNamespace), PodUID: strings.Clone(k.PodUID),
		Sandbox: k.PodSandbox, status: status,
	}
	if before != nil {
		f.PID, f.Created, f.Started = before.Value.PID, before.Value.Created, before.Value.Started
	}
	return f
}
