package source

import (
	"strings"

	"github.com/weirsec/weir/schemas/event"
)

// containerAtHand is the container of the event at hand, if it has that whole id.
func containerAtHand(e *event.Event, key any, _ int64) (map[string]any, bool) {
	id, ok := key.(string)
	if !ok || id == "" || e.Context.Container.ID != id {
		return nil, false
	}
	k, pod := &e.Context.Container, &e.Context.Kubernetes
	return map[string]any{
		"container_id":      strings.Clone(k.ID),
		"container_ctime":   0,
		"container_name":    strings.Clone(k.Name),
		"container_image":   strings.Clone(k.Image),
		"k8s_pod_id":        strings.Clone(pod.PodUID),
		"k8s_pod_name":      strings.Clone(pod.PodName),
		"k8s_pod_namespace": strings.Clone(pod.PodNamespace),
		"k8s_pod_sandbox":   pod.PodSandbox,
	}, true
}

// nothingAtHand is for sources of which an event says nothing.
func nothingAtHand(*event.Event, any, int64) (map[string]any, bool) { return nil, false }
