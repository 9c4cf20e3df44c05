package daemons

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	runtime "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// containerdConfig switches on what is needed and nothing of the machine's.
const containerdConfig = `version = 2
root = "%[1]s/root"
state = "%[1]s/state"
[grpc]
  address = "%[1]s/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "%[2]s"
  disable_apparmor = true
  # A machine may not let anybody be spared from the out-of-memory killer.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"
`

// Containerd is a running containerd that serves CRI.
type Containerd struct {
	// Socket is where it is served.
	Socket string

	api  runtime.RuntimeServiceClient
	uids []string
}

// Pod says which pod to make.
type Pod struct {
	Name, Namespace, UID string
	Labels               map[string]string

	config *runtime.PodSandboxConfig
}

// StartContainerd starts containerd, which has Image, until the test's end.
func StartContainerd(t testing.TB) *Containerd {
	t.Helper()
	need(t, "containerd", "runc", "ctr")
	dir := workDir(t)
	config := filepath.Join(dir, "config.toml")
	if err := os.WriteFile(config, fmt.Appendf(nil, containerdConfig, dir, Image), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &Containerd{Socket: filepath.Join(dir, "containerd.sock")}
	conn, err := grpc.NewClient("unix:"+c.Socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	c.api = runtime.NewRuntimeServiceClient(conn)
	d := start(t, dir, "containerd", "--config", config)
	d.ready(t, func(ctx context.Context) error {
		_, err := c.api.Version(ctx, &runtime.VersionRequest{}, grpc.WaitForReady(true))
		return err
	})
	t.Cleanup(func() {
		c.removeAll(t)
		d.stop(t)
	})
	data, _ := archive(t)
	load := exec.CommandContext(t.Context(), "ctr", "--address", c.Socket, "--namespace", "k8s.io",
		"images", "import", "--snapshotter", "native", "-")
	load.Stdin = bytes.NewReader(data)
	if text, err := load.CombinedOutput(); err != nil {
		t.Fatalf("import the image: %v\n%s", err, text)
	}
	return c
}

// RunPod makes a pod on the host's network and returns its sandbox's id.
func (c *Containerd) RunPod(t testing.TB, p *Pod) string {
	t.Helper()
	p.config = &runtime.PodSandboxConfig{
		Metadata: &runtime.PodSandboxMetadata{Name: p.Name, Namespace: p.Namespace, Uid: p.UID},
		Labels:   p.Labels,
		Linux: &runtime.LinuxPodSandboxConfig{
			CgroupParent: "/kubepods/pod" + p.UID,
			SecurityContext: &runtime.LinuxSandboxSecurityContext{
				NamespaceOptions: &runtime.NamespaceOption{
					Network: runtime.NamespaceMode_NODE, Pid: runtime.NamespaceMode_CONTAINER,
				},
			},
		},
	}
	c.uids = append(c.uids, p.UID)
	answer, err := c.api.RunPodSandbox(t.Context(), &runtime.RunPodSandboxRequest{Config: p.config})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetPodSandboxId()
}

// Create makes a container in a pod and returns its id. s.Remove means nothing.
func (c *Containerd) Create(t testing.TB, p *Pod, sandbox string, s Spec) string {
	t.Helper()
	answer, err := c.api.CreateContainer(t.Context(), &runtime.CreateContainerRequest{
		PodSandboxId: sandbox, SandboxConfig: p.config,
		Config: &runtime.ContainerConfig{
			Metadata: &runtime.ContainerMetadata{Name: s.Name}, Image: &runtime.ImageSpec{Image: Image},
			Args: s.Args, Labels: s.Labels,
			Linux: &runtime.LinuxContainerConfig{SecurityContext: &runtime.LinuxContainerSecurityContext{
				NamespaceOptions: p.config.GetLinux().GetSecurityContext().GetNamespaceOptions(),
			}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetContainerId()
}

// Start starts a container.
func (c *Containerd) Start(t testing.TB, id string) {
	t.Helper()
	if _, err := c.api.StartContainer(t.Context(), &runtime.StartContainerRequest{ContainerId: id}); err != nil {
		t.Fatal(err)
	}
}

// Exec runs the image's program in a container that runs, to its end.
func (c *Containerd) Exec(t testing.TB, id string, args ...string) {
	t.Helper()
	request := &runtime.ExecSyncRequest{ContainerId: id, Cmd: append([]string{"/inside"}, args...), Timeout: 20}
	if _, err := c.api.ExecSync(t.Context(), request); err != nil {
		t.Fatal(err)
	}
}

// Remove ends and removes a container.
func (c *Containerd) Remove(t testing.TB, id string) {
	t.Helper()
	if _, err := c.api.RemoveContainer(t.Context(), &runtime.RemoveContainerRequest{ContainerId: id}); err != nil {
		t.Fatal(err)
	}
}

// RemovePod ends and removes a pod with its containers.
func (c *Containerd) RemovePod(t testing.TB, sandbox string) {
	t.Helper()
	if err := c.removePod(t.Context(), sandbox); err != nil {
		t.Fatal(err)
	}
}

func (c *Containerd) removePod(ctx context.Context, sandbox string) error {
	if _, err := c.api.StopPodSandbox(ctx, &runtime.StopPodSandboxRequest{PodSandboxId: sandbox}); err != nil {
		return err
	}
	_, err := c.api.RemovePodSandbox(ctx, &runtime.RemovePodSandboxRequest{PodSandboxId: sandbox})
	return err
}

// removeAll leaves no pod behind: they outlive the daemon.
func (c *Containerd) removeAll(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	all, err := c.api.ListPodSandbox(ctx, &runtime.ListPodSandboxRequest{})
	if err != nil {
		t.Error(err)
	}
	for _, s := range all.GetItems() {
		if err := c.removePod(ctx, s.GetId()); err != nil {
			t.Error(err)
		}
	}
	for _, uid := range c.uids {
		removeCgroups("kubepods/pod" + uid)
	}
	removeCgroups("kubepods")
}

// removeCgroups removes a cgroup from all hierarchies, where it is empty: a
// kubelet would remove those of its pods.
func removeCgroups(path string) {
	for _, pattern := range []string{"/sys/fs/cgroup/", "/sys/fs/cgroup/*/"} {
		found, _ := filepath.Glob(pattern + path)
		for _, dir := range found {
			_ = os.Remove(dir)
		}
	}
}
