package daemons

import (
	"bytes"
	"context"
	"io"
	"path/filepath"
	"testing"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// Docker is a running dockerd.
type Docker struct {
	// Socket is where its API is, ImageID the id of Image.
	Socket, ImageID string

	dir    string
	daemon *daemon
	api    *client.Client
}

// StartDocker starts dockerd, which has Image, until the test's end.
func StartDocker(t testing.TB) *Docker {
	t.Helper()
	need(t, "dockerd", "containerd", "runc")
	dir := workDir(t)
	d := &Docker{Socket: filepath.Join(dir, "docker.sock"), dir: dir}
	api, err := client.New(client.WithHost("unix://" + d.Socket))
	if err != nil {
		t.Fatal(err)
	}
	d.api = api
	t.Cleanup(func() { _ = api.Close() })
	d.start(t)
	t.Cleanup(func() {
		d.removeAll(t)
		d.daemon.stop(t)
	})
	data, id := archive(t)
	d.ImageID = id
	answer, err := api.ImageLoad(t.Context(), bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Close()
	if _, err := io.Copy(io.Discard, answer); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *Docker) start(t testing.TB) {
	t.Helper()
	d.daemon = start(t, d.dir, "dockerd",
		"--host", "unix://"+d.Socket, "--data-root", d.dir+"/data", "--exec-root", d.dir+"/exec",
		"--pidfile", d.dir+"/pid", "--iptables=false", "--ip6tables=false", "--bridge=none",
		"--storage-driver=vfs", "--exec-opt", "native.cgroupdriver=cgroupfs")
	d.daemon.ready(t, func(ctx context.Context) error {
		_, err := d.api.Ping(ctx, client.PingOptions{NegotiateAPIVersion: true})
		return err
	})
}

// Restart stops dockerd, which stops its containers, does what is to be done
// meanwhile, and starts it again.
func (d *Docker) Restart(t testing.TB, meanwhile func()) {
	t.Helper()
	d.daemon.stop(t)
	meanwhile()
	d.start(t)
}

// Spec is a container to run.
type Spec struct {
	Name   string
	Labels map[string]string
	// Args are what the program inside does.
	Args []string
	// Remove makes the daemon remove it when it has ended.
	Remove bool
}

// Create makes a container and returns its id.
func (d *Docker) Create(t testing.TB, s Spec) string {
	t.Helper()
	answer, err := d.api.ContainerCreate(t.Context(), client.ContainerCreateOptions{
		Name:       s.Name,
		Config:     &container.Config{Image: Image, Labels: s.Labels, Cmd: s.Args},
		HostConfig: &container.HostConfig{NetworkMode: "host", AutoRemove: s.Remove},
	})
	if err != nil {
		t.Fatal(err)
	}
	return answer.ID
}

// Start starts a container.
func (d *Docker) Start(t testing.TB, id string) {
	t.Helper()
	if _, err := d.api.ContainerStart(t.Context(), id, client.ContainerStartOptions{}); err != nil {
		t.Fatal(err)
	}
}

// Run makes and starts a container and returns its id.
func (d *Docker) Run(t testing.TB, s Spec) string {
	t.Helper()
	id := d.Create(t, s)
	d.Start(t, id)
	return id
}

// Exec runs the image's program in a container that runs.
func (d *Docker) Exec(t testing.TB, id string, args ...string) {
	t.Helper()
	made, err := d.api.ExecCreate(t.Context(), id, client.ExecCreateOptions{Cmd: append([]string{"/inside"}, args...)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.api.ExecStart(t.Context(), made.ID, client.ExecStartOptions{Detach: true}); err != nil {
		t.Fatal(err)
	}
}

// Rename gives a container another name.
func (d *Docker) Rename(t testing.TB, id, name string) {
	t.Helper()
	if _, err := d.api.ContainerRename(t.Context(), id, client.ContainerRenameOptions{NewName: name}); err != nil {
		t.Fatal(err)
	}
}

// Remove ends and removes a container.
func (d *Docker) Remove(t testing.TB, id string) {
	t.Helper()
	if _, err := d.api.ContainerRemove(t.Context(), id, client.ContainerRemoveOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
}

// PID returns a container's first process.
func (d *Docker) PID(t testing.TB, id string) int {
	t.Helper()
	answer, err := d.api.ContainerInspect(t.Context(), id, client.ContainerInspectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return answer.Container.State.Pid
}

// removeAll leaves no container behind: they outlive the daemon.
func (d *Docker) removeAll(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	all, err := d.api.ContainerList(ctx, client.ContainerListOptions{All: true})
	if err != nil {
		t.Error(err)
	}
	for _, c := range all.Items {
		if _, err := d.api.ContainerRemove(ctx, c.ID, client.ContainerRemoveOptions{Force: true}); err != nil {
			t.Log(err) // It is being removed already.
		}
	}
}
