package cgroup

import (
	"strings"

	"github.com/weirsec/weir/schemas/event"
)

// Identity is what a cgroup's path alone tells.
type Identity struct {
	// Container holds the id and the runtime; both are "" on the host, the
	// runtime alone where the path does not tell which one it was.
	Container event.Container
	// PodUID is the pod's uid in its usual form (with hyphens), or "".
	PodUID string
	// Root is true for the container's own cgroup and false for those that
	// were made below it.
	Root bool
}

// Parse reads the identity from the path of a cgroup, as seen from the root of
// its hierarchy. The innermost container wins: a container inside another one
// is a container of its own.
//
// The path is only as trustworthy as those who may create cgroups: a process
// that owns its cgroup can make one below it that looks like a container.
func Parse(path string) Identity {
	var id Identity
	root := true
	for rest := strings.TrimRight(path, "/"); rest != ""; root = false {
		cut := strings.LastIndexByte(rest, '/')
		part, above := rest[cut+1:], rest[:max(cut, 0)]
		if name, runtime, ok := container(part, above); ok {
			id.Container = event.Container{ID: name, Runtime: runtime}
			id.Root = root
			id.PodUID = podUID(rest)
			return id
		}
		rest = above
	}
	// A pod's own cgroup holds no container but still belongs to the pod.
	id.PodUID = podUID(path)
	return id
}

// container reads one component of a path; above is the path before it.
func container(part, above string) (id, runtime string, ok bool) {
	if name, found := strings.CutSuffix(part, ".scope"); found {
		part = name
	}
	if id, ok := bareID(part); ok {
		runtime, ok := runtimeOfParent(above)
		return id, runtime, ok
	}
	if id, ok := gardenID(part, above); ok {
		return id, "garden", true
	}
	// "<slice>:<prefix>:<id>" is the systemd form of a path under cgroupfs.
	if i := strings.LastIndexByte(part, ':'); i >= 0 {
		if id, ok := bareID(part[i+1:]); ok {
			prefix := part[:i]
			prefix = prefix[strings.LastIndexByte(prefix, ':')+1:]
			return id, runtimeOfPrefix(prefix), true
		}
		return "", "", false
	}
	if i := strings.LastIndexByte(part, '-'); i >= 0 {
		id, ok := bareID(part[i+1:])
		// conmon watches over a container from outside.
		if prefix := part[:i]; ok && prefix != "conmon" && !strings.HasSuffix(prefix, "-conmon") {
			return id, runtimeOfPrefix(prefix), true
		}
	}
	return "", "", false
}

// runtimeOfPrefix names the runtime that puts prefix before its ids.
func runtimeOfPrefix(prefix string) string {
	switch prefix {
	case "docker":
		return "docker"
	case "crio":
		return "crio"
	case "libpod", "libpod-payload":
		return "podman"
	case "cri-containerd", "containerd", "nerdctl":
		return "containerd"
	default:
		return ""
	}
}

// runtimeOfParent names the runtime that keeps bare ids below the path above,
// and whether ids there are containers at all.
func runtimeOfParent(above string) (string, bool) {
	dir := above[strings.LastIndexByte(above, '/')+1:]
	switch {
	case dir == "docker", dir == "actions_job":
		return "docker", true
	case strings.HasPrefix(dir, "pod"), strings.Contains(dir, "-pod"),
		dir == "k8s.io", dir == "moby", dir == "default" && strings.Count(above, "/") == 1:
		return "containerd", true
	case dir == "libpod_parent":
		return "", false // a podman pod, which has its containers below
	default:
		return "", true
	}
}
