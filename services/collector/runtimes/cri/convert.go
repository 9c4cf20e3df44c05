package cri

import (
	"strings"

	runtime "k8s.io/cri-api/pkg/apis/runtime/v1"

	"github.com/weirsec/weir/services/collector/runtimes/facts"
)

// runtimeName turns the name of a runtime into the one that events have.
func runtimeName(name string) string {
	if name == "cri-o" {
		return "crio"
	}
	return name
}

// convertContainer takes what is wanted from a container's status.
func convertContainer(name string, from *runtime.ContainerStatus, cut *facts.Cut) facts.Container {
	labels := from.GetLabels()
	return facts.Container{
		Runtime: name, ID: from.GetId(), Name: from.GetMetadata().GetName(),
		Image: imageName(from), ImageDigest: digest(from.GetImageRef()),
		Labels:  cut.Pairs(labels),
		PodName: labels["io.kubernetes.pod.name"], PodNamespace: labels["io.kubernetes.pod.namespace"],
		PodUID:  labels["io.kubernetes.pod.uid"],
		Created: max(from.GetCreatedAt(), 0), Started: max(from.GetStartedAt(), 0),
	}
}

// imageName prefers what the user wrote: the runtime may show the image's id.
func imageName(from *runtime.ContainerStatus) string {
	image := from.GetImage().GetImage()
	if asked := from.GetImage().GetUserSpecifiedImage(); asked != "" && (image == "" || strings.HasPrefix(image, "sha256:")) {
		return asked
	}
	return image
}

// digest returns the digest of "name@sha256:…", or an id as it is.
func digest(reference string) string {
	if _, digest, ok := strings.Cut(reference, "@"); ok {
		return digest
	}
	return reference
}

// pod is what a sandbox tells of its pod.
type pod struct {
	name, namespace, uid string
	labels               []string
}

func convertPod(from *runtime.PodSandboxStatus, cut *facts.Cut) pod {
	meta := from.GetMetadata()
	return pod{meta.GetName(), meta.GetNamespace(), meta.GetUid(), cut.Pairs(from.GetLabels())}
}

// describe fills in the pod of a container.
func (p pod) describe(box *facts.Container) {
	box.PodName, box.PodNamespace, box.PodUID, box.PodLabels = p.name, p.namespace, p.uid, p.labels
}

// convertSandbox describes a sandbox as the container that it is. It has no
// name besides its pod's, and starts when it is created.
func convertSandbox(name string, from *runtime.PodSandboxStatus, more info, cut *facts.Cut) facts.Container {
	box := facts.Container{
		Runtime: name, ID: from.GetId(), Image: more.Image, Sandbox: true, PID: more.pid(),
		Created: max(from.GetCreatedAt(), 0), Started: max(from.GetCreatedAt(), 0),
	}
	convertPod(from, cut).describe(&box)
	return box
}
