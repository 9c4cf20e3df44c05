package source

import (
	"strings"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
	"github.com/weirsec/weir/signatures/sdk/datasource"
)

// containers knows the container of the event at hand.
type containers struct {
	described
	event func() *event.Event
}

// ID names the source.
func (*containers) ID() string { return datasource.Containers }

// Keys says that container ids are taken.
func (*containers) Keys() []string { return []string{"string"} }

// Schema gives the keys of results.
func (*containers) Schema() string { return schema(datasource.ContainerKeys()) }

// Get returns the container with that whole id. What it returns lasts: a
// signature may put it into its finding.
func (c *containers) Get(key any) (map[string]any, error) {
	id, ok := key.(string)
	if !ok {
		return nil, sdk.ErrKeyNotSupported
	}
	e := c.event()
	if e == nil || id == "" || e.Context.Container.ID != id {
		return nil, sdk.ErrDataNotFound
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
	}, nil
}
