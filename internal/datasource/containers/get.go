package containers

import (
	"fmt"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

// Get answers the data source "containers". The key is a string: a container's
// id or, beyond what Tracee takes, the first digits of it, 12 at least, where
// they fit one container alone. The result has the keys of
// datasource.ContainerKeys and belongs to the caller.
//
// The status is that of the container's facts as of at, in Unix nanoseconds:
// resolved; pending, not found or lost, where only the path of its cgroup is known
// (Lookup tells them apart); stale
// for a container that had been removed by then. The error is
// sdk.ErrKeyNotSupported for another type of key, and sdk.ErrDataNotFound for a
// container that is not known, with status lost where it was.
func (t *Table) Get(key any, at int64) (map[string]any, event.Status, error) {
	id, ok := key.(string)
	if !ok {
		return nil, event.StatusNone, fmt.Errorf("containers: %w: %T, want a string", sdk.ErrKeyNotSupported, key)
	}
	c, status := t.Named(t.whole(id))
	if c == nil {
		if status != event.StatusLost {
			status = event.StatusNotFound
		}
		return nil, status, fmt.Errorf("containers: %w: %q", sdk.ErrDataNotFound, id)
	}
	if c.facts != nil {
		if gone, removed := c.facts.Retired(); removed && at >= gone && status == event.StatusResolved {
			status = event.StatusStale
		}
	}
	return c.result(), status, nil
}

// result is what Get returns.
func (c *Container) result() map[string]any {
	created := int64(0)
	if f := c.Facts(); f != nil {
		created = f.Created
	}
	return map[string]any{
		"container_id": c.ID, "container_ctime": int(created),
		"container_name": c.shown.Name, "container_image": c.shown.Image,
		"container_image_digest": c.shown.ImageDigest, "container_labels": labelsOf(c.shown.Labels),
		"k8s_pod_id": c.pod.PodUID, "k8s_pod_name": c.pod.PodName, "k8s_pod_namespace": c.pod.PodNamespace,
		"k8s_pod_sandbox": c.pod.PodSandbox, "k8s_pod_labels": labelsOf(c.pod.PodLabels),
	}
}

// labelsOf returns labels as a map, never nil.
func labelsOf(l *event.Labels) map[string]string {
	if m := l.Map(); m != nil {
		return m
	}
	return map[string]string{}
}
