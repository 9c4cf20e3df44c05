package cgroup

import (
	"slices"
	"strings"
	"testing"
)

// fixture is a path as a system makes it.
type fixture struct {
	// system is what makes it, with what is special about it behind a comma;
	// driver is who owns the tree, cgroups the versions in which the path is the
	// same: "hybrid" stands for the hierarchies of version 1 there, which the
	// collector reads.
	system, driver, cgroups string
	path                    string
	id, runtime, pod        string
	root                    bool
}

const (
	systemd  = "systemd"
	cgroupfs = "cgroupfs"
	all      = "v1 v2 hybrid"
	v1       = "v1 hybrid"
	v2       = "v2"

	user1000  = "/user.slice/user-1000.slice/user@1000.service"
	podSlice  = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + uidSystemd + ".slice"
	podDir    = "/kubepods/burstable/pod" + uid
	kindSlice = "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/kubelet-kubepods-burstable-pod" +
		uidSystemd + ".slice"
)

func fixtures() []fixture {
	return slices.Concat(
		dockerFixtures(), podmanFixtures(), containerdFixtures(), crioFixtures(),
		clusterFixtures("k3s"), clusterFixtures("microk8s"), kindFixtures(),
	)
}

func dockerFixtures() []fixture {
	scope := "docker-" + idA + ".scope"
	return []fixture{
		{"docker", systemd, all, "/system.slice/" + scope, idA, "docker", "", true},
		{"docker", cgroupfs, all, "/docker/" + idA, idA, "docker", "", true},
		{"docker, --cgroup-parent", systemd, all, "/batch.slice/" + scope, idA, "docker", "", true},
		{"docker, --cgroup-parent", cgroupfs, all, "/batch/" + idA, idA, "", "", true},
		{"docker, rootless", systemd, v2, user1000 + "/user.slice/" + scope, idA, "docker", "", true},
		{"docker, systemd inside", systemd, v2, "/system.slice/" + scope + "/init.scope", idA, "docker", "", false},
		{"docker, a service inside", cgroupfs, all, "/docker/" + idA + "/system.slice/cron.service", idA, "docker", "", false},
		{"docker, in docker", systemd, v2, "/system.slice/" + scope + "/docker/" + idB, idB, "docker", "", true},
		{"docker, ECS", systemd, v2, "/ecstasks.slice/ecstasks-" + idA[:32] + ".slice/docker-" + idB + ".scope", idB, "docker", "", true},
		{"docker, ECS", cgroupfs, v1, "/ecs/" + idA[:32] + "/" + idB, idB, "", "", true},
		{"docker, cri-dockerd", systemd, all, podSlice + "/" + scope, idA, "docker", uid, true},
		// Only dockershim and cri-dockerd know that it is not containerd.
		{"docker, cri-dockerd", cgroupfs, all, podDir + "/" + idA, idA, "containerd", uid, true},
		{"docker, the daemon", systemd, all, "/system.slice/docker.service", "", "", "", false},
		{"docker, a build", cgroupfs, all, "/docker/buildkit/r3lqz0q1w8o8q9m7r1d0rz6f5", "", "", "", false},
		// In the unified hierarchy of a hybrid machine nothing is made for it.
		{"docker, unified", cgroupfs, "hybrid", "/system.slice/containerd.service", "", "", "", false},
	}
}

func podmanFixtures() []fixture {
	scope := "libpod-" + idA + ".scope"
	return []fixture{
		{"podman", systemd, v1, "/machine.slice/" + scope, idA, "podman", "", true},
		{"podman", systemd, v2, "/machine.slice/" + scope + "/container", idA, "podman", "", false},
		{"podman, its scope", systemd, v2, "/machine.slice/" + scope, idA, "podman", "", true},
		{"podman", cgroupfs, all, "/libpod_parent/libpod-" + idA, idA, "podman", "", true},
		{"podman, rootless", systemd, v2, user1000 + "/user.slice/" + scope + "/container", idA, "podman", "", false},
		{"podman, rootless", systemd, v1, "/user.slice/user-1000.slice/session-3.scope", "", "", "", false},
		{"podman, in a pod", systemd, v2, "/machine.slice/machine-libpod_pod_" + idB + ".slice/" + scope + "/container", idA, "podman", "", false},
		{"podman, in a pod", cgroupfs, all, "/libpod_parent/" + idB + "/libpod-" + idA, idA, "podman", "", true},
		{"podman, the pod", cgroupfs, all, "/libpod_parent/" + idB, "", "", "", false},
		{"podman, quadlet", systemd, v2, "/system.slice/web.service/libpod-payload-" + idA, idA, "podman", "", true},
		{"podman, quadlet's conmon", systemd, v2, "/system.slice/web.service/runtime", "", "", "", false},
		{"podman, conmon", systemd, all, "/machine.slice/libpod-conmon-" + idA + ".scope", "", "", "", false},
		{"podman, conmon", cgroupfs, all, "/libpod_parent/conmon", "", "", "", false},
	}
}

func containerdFixtures() []fixture {
	scope := "cri-containerd-" + idA + ".scope"
	return []fixture{
		{"containerd", systemd, all, podSlice + "/" + scope, idA, "containerd", uid, true},
		{"containerd", cgroupfs, all, podDir + "/" + idA, idA, "containerd", uid, true},
		{"containerd, best effort", systemd, all, "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" + uidSystemd + ".slice/" + scope, idA, "containerd", uid, true},
		{"containerd, guaranteed", systemd, all, "/kubepods.slice/kubepods-pod" + uidSystemd + ".slice/" + scope, idA, "containerd", uid, true},
		{"containerd, guaranteed", cgroupfs, all, "/kubepods/pod" + uid + "/" + idA, idA, "containerd", uid, true},
		{"containerd, static pod", cgroupfs, all, "/kubepods/burstable/pod" + idB[:32] + "/" + idA, idA, "containerd", idB[:32], true},
		// The kubelet takes the one driver, containerd the other.
		{"containerd, at odds", systemd, v1, "/system.slice/containerd.service/kubepods-burstable-pod" + uidSystemd + ".slice:cri-containerd:" + idA, idA, "containerd", uid, true},
		{"containerd, at odds", cgroupfs, v2, "/kubepods-burstable-pod" + uidSystemd + ".slice:cri-containerd:" + idA, idA, "containerd", uid, true},
		{"containerd, ctr", cgroupfs, all, "/default/" + idA, idA, "containerd", "", true},
		{"containerd, nerdctl", systemd, all, "/system.slice/nerdctl-" + idA + ".scope", idA, "containerd", "", true},
		{"containerd, nerdctl rootless", systemd, v2, user1000 + "/user.slice/nerdctl-" + idA + ".scope", idA, "containerd", "", true},
		{"containerd, the pod", systemd, all, podSlice, "", "", uid, false},
		{"containerd, the daemon", systemd, all, "/system.slice/containerd.service", "", "", "", false},
	}
}

func crioFixtures() []fixture {
	return []fixture{
		{"crio", systemd, v1, podSlice + "/crio-" + idA + ".scope", idA, "crio", uid, true},
		{"crio", systemd, v2, podSlice + "/crio-" + idA + ".scope/container", idA, "crio", uid, false},
		{"crio", cgroupfs, all, podDir + "/crio-" + idA, idA, "crio", uid, true},
		{"crio, conmon", systemd, all, podSlice + "/crio-conmon-" + idA + ".scope", "", "", uid, false},
		{"crio, conmon", cgroupfs, all, podDir + "/crio-conmon-" + idA, "", "", uid, false},
		{"crio, conmon of its own", systemd, all, "/system.slice/crio-conmon-" + idA + ".scope", "", "", "", false},
		{"crio, the daemon", systemd, all, "/system.slice/crio.service", "", "", "", false},
	}
}

// clusterFixtures are those of distributions that bring a containerd of their
// own.
func clusterFixtures(name string) []fixture {
	service := map[string]string{"k3s": "k3s.service", "microk8s": "snap.microk8s.daemon-kubelite.service"}[name]
	return []fixture{
		{name, systemd, all, podSlice + "/cri-containerd-" + idA + ".scope", idA, "containerd", uid, true},
		{name, cgroupfs, all, podDir + "/" + idA, idA, "containerd", uid, true},
		{name + ", rootless", systemd, v2, user1000 + "/" + name + ".service" + podDir + "/" + idA, idA, "containerd", uid, true},
		{name + ", in docker", cgroupfs, all, "/docker/" + idB + podDir + "/" + idA, idA, "containerd", uid, true},
		{name + ", in docker", systemd, v2, "/system.slice/docker-" + idB + ".scope" + podDir + "/" + idA, idA, "containerd", uid, true},
		{name + ", the daemon", systemd, all, "/system.slice/" + service, "", "", "", false},
	}
}

func kindFixtures() []fixture {
	inner := "/cri-containerd-" + idA + ".scope"
	return []fixture{
		{"kind", systemd, all, "/system.slice/docker-" + idB + ".scope" + kindSlice + inner, idA, "containerd", uid, true},
		{"kind", cgroupfs, all, "/docker/" + idB + "/kubelet" + podDir + "/" + idA, idA, "containerd", uid, true},
		{"kind, two drivers", cgroupfs, v2, "/docker/" + idB + kindSlice + inner, idA, "containerd", uid, true},
		{"kind, mounted twice", cgroupfs, v1, "/docker/" + idB + "/docker/" + idB + "/kubelet" + podDir + "/" + idA, idA, "containerd", uid, true},
		{"kind, with podman", systemd, v2, "/machine.slice/libpod-" + idB + ".scope/container" + kindSlice + inner, idA, "containerd", uid, true},
		{"kind, the node", systemd, v2, "/system.slice/docker-" + idB + ".scope/init.scope", idB, "docker", "", false},
		{"kind, the node's kubelet", cgroupfs, all, "/docker/" + idB + "/system.slice/kubelet.service", idB, "docker", "", false},
		// A pod of the node's is none that the node's container belongs to.
		{"kind, the node's pod", systemd, v2, "/system.slice/docker-" + idB + ".scope" + kindSlice, idB, "docker", "", false},
	}
}

func TestFixtures(t *testing.T) {
	for _, f := range fixtures() {
		t.Run(strings.Join([]string{f.system, f.driver, f.cgroups}, "/"), func(t *testing.T) {
			// The container may make cgroups below its own.
			for path, root := range map[string]bool{f.path: f.root, f.path + "/x.service": false} {
				got := Parse(path)
				if got.Container.ID != f.id || got.Container.Runtime != f.runtime || got.PodUID != f.pod || got.Root != root {
					t.Errorf("%s: got %+v, want %q of %q, pod %q, root %v", path, got, f.id, f.runtime, f.pod, root)
				}
			}
		})
	}
}

// Every system has paths with every driver in every version.
func TestFixturesAreAll(t *testing.T) {
	for _, system := range []string{"docker", "containerd", "crio", "podman", "k3s", "microk8s", "kind"} {
		for _, driver := range []string{systemd, cgroupfs} {
			for version := range strings.FieldsSeq(all) {
				if !slices.ContainsFunc(fixtures(), func(f fixture) bool {
					return f.system == system && f.driver == driver && f.id != "" && slices.Contains(strings.Fields(f.cgroups), version)
				}) {
					t.Errorf("no path of %s with %s in %s", system, driver, version)
				}
			}
		}
	}
}
