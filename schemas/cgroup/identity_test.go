package cgroup

import (
	"strings"
	"testing"

	"github.com/weirsec/weir/internal/conformance"
)

const (
	idA = "1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdef"
	idB = "fedcba0987654321fedcba0987654321fedcba0987654321fedcba0987654321"
	uid = "b13213a6-d47e-4bd1-bc00-f175d1ad3b6e"
	// uid_ is the uid as systemd's unit names hold it.
	uidSystemd = "b13213a6_d47e_4bd1_bc00_f175d1ad3b6e"
)

func TestParse(t *testing.T) {
	kube := "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + uidSystemd + ".slice"
	user := "/user.slice/user-1000.slice/user@1000.service"
	tests := []struct {
		name, path, id, runtime, pod string
		root                         bool
	}{
		{"root", "/", "", "", "", false},
		{"empty", "", "", "", "", false},
		{"init scope", "/init.scope", "", "", "", false},
		{"service", "/system.slice/docker.service", "", "", "", false},
		{"docker cgroupfs", "/docker/" + idA, idA, "docker", "", true},
		{"docker systemd", "/system.slice/docker-" + idA + ".scope", idA, "docker", "", true},
		{"docker v1 without slash", "docker/" + idA, idA, "docker", "", true},
		{"docker rootless", user + "/user.slice/docker-" + idA + ".scope", idA, "docker", "", true},
		{"docker custom parent", "/jenkins/" + idA, idA, "", "", true},
		{"docker trailing slash", "/docker/" + idA + "/", idA, "docker", "", true},
		{"github actions job", "/actions_job/" + idA, idA, "docker", "", true},
		{"ecs", "/ecs/0a1b2c/" + idA, idA, "", "", true},
		{"docker in docker", "/docker/" + idA + "/docker/" + idB, idB, "docker", "", true},
		{"systemd inside docker", "/docker/" + idA + "/system.slice/ssh.service", idA, "docker", "", false},
		{"kubepods cgroupfs", "/kubepods/besteffort/pod" + uid + "/" + idA, idA, "containerd", uid, true},
		{"kubepods guaranteed", "/kubepods/pod" + uid + "/" + idA, idA, "containerd", uid, true},
		{"static pod", "/kubepods/pod" + idA[:32] + "/" + idB, idB, "containerd", idA[:32], true},
		{"containerd systemd", kube + "/cri-containerd-" + idA + ".scope", idA, "containerd", uid, true},
		{"cri-dockerd systemd", kube + "/docker-" + idA + ".scope", idA, "docker", uid, true},
		{"crio systemd", kube + "/crio-" + idA + ".scope", idA, "crio", uid, true},
		{"crio cgroupfs", "/kubepods/pod" + uid + "/crio-" + idA, idA, "crio", uid, true},
		{"crio container child", kube + "/crio-" + idA + ".scope/container", idA, "crio", uid, false},
		{"crio conmon", kube + "/crio-conmon-" + idA + ".scope", "", "", uid, false},
		{"pod only", kube, "", "", uid, false},
		{"colon form", "/system.slice/kubepods-pod" + uidSystemd + ".slice:cri-containerd:" + idA, idA, "containerd", uid, true},
		{"docker colon form", "/system.slice:docker:" + idA, idA, "docker", "", true},
		{
			"kind", "/docker/" + idA + "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod" +
				uidSystemd + ".slice/cri-containerd-" + idB + ".scope", idB, "containerd", uid, true,
		},
		{"kind, conmon of the inner", "/docker/" + idA + "/crio-conmon-" + idB + ".scope", idA, "docker", "", false},
		{"k3s agent", "/system.slice/k3s.service", "", "", "", false},
		{"podman", "/machine.slice/libpod-" + idA + ".scope/container", idA, "podman", "", false},
		{"podman rootless", user + "/user.slice/libpod-" + idA + ".scope", idA, "podman", "", true},
		{"podman cgroupfs", "/libpod_parent/libpod-" + idA, idA, "podman", "", true},
		{"podman pod", "/libpod_parent/" + idA, "", "", "", false},
		{"podman in pod", "/libpod_parent/" + idA + "/libpod-" + idB, idB, "podman", "", true},
		{"podman pod slice", "/machine.slice/machine-libpod_pod_" + idA + ".slice", "", "", "", false},
		{"nerdctl", "/system.slice/nerdctl-" + idA + ".scope", idA, "containerd", "", true},
		{"ctr namespace", "/default/" + idA, idA, "containerd", "", true},
		{"unknown prefix", "/system.slice/newthing-" + idA + ".scope", idA, "", "", true},
		{"garden", "/garden/c5ea3a3d-0cf4-4e5c-5b5f-6e77", "c5ea3a3d-0cf4-4e5c-5b5f-6e77", "garden", "", true},
		{"garden elsewhere", "/x/c5ea3a3d-0cf4-4e5c-5b5f-6e77", "", "", "", false},
		{"too short", "/docker/" + idA[:63], "", "", "", false},
		{"too long", "/docker/" + idA + "0", "", "", "", false},
		{"upper case", "/docker/" + strings.ToUpper(idA), "", "", "", false},
		{"not hexadecimal", "/docker/" + idA[:63] + "g", "", "", "", false},
		{"word ending in pod", "/tripod" + uid + "/" + idA, idA, "", "", true},
		{"bad pod uid", "/kubepods/podnotauid/" + idA, idA, "containerd", "", true},
		{"pod uid with bad hyphens", "/kubepods/pod" + idA[:36] + "/" + idB, idB, "containerd", "", true},
		{"only slashes", "///", "", "", "", false},
		{"conmon alone", "/conmon-" + idA, "", "", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Parse(tt.path)
			if got.Container.ID != tt.id || got.Container.Runtime != tt.runtime {
				t.Errorf("container = %q %q, want %q %q", got.Container.ID, got.Container.Runtime, tt.id, tt.runtime)
			}
			if got.PodUID != tt.pod {
				t.Errorf("pod uid = %q, want %q", got.PodUID, tt.pod)
			}
			if got.Root != tt.root {
				t.Errorf("root = %v, want %v", got.Root, tt.root)
			}
		})
	}
}

func TestParseConformance(t *testing.T) {
	var cases []struct {
		Name      string `json:"name"`
		Path      string `json:"cgroup_path"`
		Container string `json:"container_id"`
		Runtime   string `json:"runtime"`
		IsRoot    bool   `json:"is_root"`
	}
	conformance.Decode(t, "tracee/container-id/cgroup_paths.json", &cases)
	if len(cases) == 0 {
		t.Fatal("no cases in the file")
	}
	for _, c := range cases {
		got := Parse(c.Path)
		want := strings.TrimSuffix(c.Runtime, "unknown")
		if got.Container.ID != c.Container || got.Container.Runtime != want || got.Root != c.IsRoot {
			t.Errorf("%s: Parse(%q) = %+v, want %q %q root %v", c.Name, c.Path, got, c.Container, want, c.IsRoot)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("/docker/" + idA)
	f.Add("/kubepods/pod" + uid + "/crio-" + idB + ".scope")
	f.Add("a:b:" + idA)
	f.Add("/garden/c5ea3a3d-0cf4-4e5c-5b5f-6e77")
	for _, fixture := range fixtures() {
		f.Add(fixture.path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		got := Parse(path)
		if id := got.Container.ID; id != "" && !strings.Contains(path, id) {
			t.Errorf("Parse(%q): id %q is not in the path", path, id)
		}
		if got.Container.ID == "" && (got.Root || got.Container.Runtime != "") {
			t.Errorf("Parse(%q) = %+v: facts about no container", path, got)
		}
		if n := len(got.PodUID); n != 0 && n != 32 && n != 36 {
			t.Errorf("Parse(%q): pod uid %q", path, got.PodUID)
		}
		// What lies below a container belongs to it.
		if below := Parse(path + "/x.service"); got.Container.ID != below.Container.ID || below.Root {
			t.Errorf("Parse(%q) = %+v, but below it %+v", path, got, below)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	path := "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + uidSystemd +
		".slice/cri-containerd-" + idA + ".scope"
	b.ReportAllocs()
	for b.Loop() {
		Parse(path)
	}
}
