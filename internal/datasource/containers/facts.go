package containers

import (
	"strings"

	"github.com/weirsec/weir/schemas/event"
)

// Facts is what a container's runtime tells, which no path does. It is never
// changed: what is told later makes new ones.
type Facts struct {
	Runtime, Name, Image, ImageDigest string
	Labels, PodLabels                 *event.Labels
	PodName, PodNamespace, PodUID     string
	// Sandbox is true for the container that only holds a pod's namespaces.
	Sandbox bool
	// PID is its first process on the host; 0 where that was not told.
	PID int32
	// Created and Started are Unix nanoseconds; 0 where that was not told.
	Created, Started int64

	// status is how well the container is known where that was taken from a
	// context that said so; 0 where a runtime told.
	status event.Status
}

// factsSize is about what the facts of a container take besides their texts,
// with their places in the maps.
const factsSize = 512

// factsOf reads the arguments of container_create and existing_container. It
// copies what it keeps: the texts belong to a whole message.
func factsOf(e *event.Event) *Facts {
	text := func(name string) string {
		v, _ := e.Arg(name)
		return strings.Clone(v.Text())
	}
	number := func(name string) int64 {
		v, _ := e.Arg(name)
		n, _ := v.Int()
		return n
	}
	sandbox, _ := e.Arg("pod_sandbox")
	return &Facts{
		Runtime: text("runtime"), Name: text("container_name"),
		Image: text("container_image"), ImageDigest: text("container_image_digest"),
		Labels: pairs(e, "labels"), PodLabels: pairs(e, "pod_labels"),
		PodName: text("pod_name"), PodNamespace: text("pod_namespace"), PodUID: text("pod_uid"),
		Sandbox: sandbox.Bool(), PID: int32(number("pid")),
		Created: number("ctime"), Started: number("started_at"),
	}
}

// pairs reads labels.
func pairs(e *event.Event, name string) *event.Labels {
	v, _ := e.Arg(name)
	if v.Kind() != event.KindMap {
		return nil
	}
	return cloneLabels(event.NewLabels(v.List()...))
}

// cloneLabels copies labels that belong to a whole message.
func cloneLabels(l *event.Labels) *event.Labels {
	if l.Len() == 0 {
		return nil
	}
	own := make([]string, len(l.Pairs))
	for i, s := range l.Pairs {
		own[i] = strings.Clone(s)
	}
	return event.NewLabels(own...)
}

// size is about how many bytes the facts take.
func (f *Facts) size() int {
	n := factsSize + len(f.Runtime) + len(f.Name) + len(f.Image) + len(f.ImageDigest) +
		len(f.PodName) + len(f.PodNamespace) + len(f.PodUID)
	const header = 16 + 8 // a string and what its memory is rounded up by
	for _, labels := range [...]*event.Labels{f.Labels, f.PodLabels} {
		for key, value := range labels.All() {
			n += len(key) + len(value) + 2*header
		}
	}
	return n
}
