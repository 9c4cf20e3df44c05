package docker

import (
	"maps"
	"math"
	"strings"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/events"

	"github.com/weirsec/weir/services/collector/runtimes/facts"
)

// convert takes what is wanted from the answer to an inspection.
func convert(from *container.InspectResponse, cut *facts.Cut) facts.Container {
	box := facts.Container{
		Runtime: "docker", ID: from.ID, Name: strings.TrimPrefix(from.Name, "/"),
		ImageDigest: from.Image, Created: unixNano(from.Created),
	}
	var labels map[string]string
	if from.Config != nil {
		box.Image, labels = from.Config.Image, from.Config.Labels
	}
	if from.State != nil {
		if p := from.State.Pid; p > 0 && p <= math.MaxInt32 {
			box.PID = int32(p)
		}
		box.Started = unixNano(from.State.StartedAt)
	}
	box.Labels = cut.Pairs(labels)
	pod(&box, labels)
	cut.Bound(&box)
	return box
}

// pod fills in what the kubelet notes in labels, where Docker is its runtime
// (cri-dockerd).
func pod(box *facts.Container, labels map[string]string) {
	box.PodName = labels["io.kubernetes.pod.name"]
	box.PodNamespace = labels["io.kubernetes.pod.namespace"]
	box.PodUID = labels["io.kubernetes.pod.uid"]
	box.Sandbox = labels["io.kubernetes.docker.type"] == "podsandbox"
}

// told takes what came with an event: labels and, among them, image and name.
func told(m *events.Message, cut *facts.Cut) *facts.Container {
	labels := maps.Clone(m.Actor.Attributes)
	box := &facts.Container{
		Runtime: "docker", ID: m.Actor.ID, Name: labels["name"], Image: labels["image"],
	}
	if m.Action == events.ActionCreate {
		box.Created = m.TimeNano
	}
	for _, key := range []string{"name", "image", "oldName"} {
		delete(labels, key)
	}
	box.Labels = cut.Pairs(labels)
	pod(box, labels)
	cut.Bound(box)
	return box
}

// unixNano reads a time as Docker writes it; 0 where there is none, which
// Docker shows as the year 1.
func unixNano(text string) int64 {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || t.Year() < 1970 || t.Year() > 2261 {
		return 0
	}
	return t.UnixNano()
}

// registryDigest returns the digest of the first "name@sha256:…", or "".
func registryDigest(references []string) string {
	if len(references) == 0 {
		return ""
	}
	_, digest, _ := strings.Cut(references[0], "@")
	return digest
}
