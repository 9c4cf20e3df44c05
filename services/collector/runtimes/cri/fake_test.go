package cri

import (
	"context"
	"net"
	"path/filepath"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtime "k8s.io/cri-api/pkg/apis/runtime/v1"

	"github.com/weirsec/weir/services/collector/runtimes/facts"
)

// fake answers as CRI-O and newer containerds do, which no Debian package
// brings: with events.
type fake struct {
	runtime.UnimplementedRuntimeServiceServer
	name       string
	containers map[string]*runtime.ContainerStatusResponse
	sandboxes  map[string]*runtime.PodSandboxStatusResponse
	events     []*runtime.ContainerEventResponse
	// asked counts questions about pods.
	asked int
	// follow makes the stream of events: nil for none.
	follow func(*fake, runtime.RuntimeService_GetContainerEventsServer) error
}

func (f *fake) Version(context.Context, *runtime.VersionRequest) (*runtime.VersionResponse, error) {
	return &runtime.VersionResponse{RuntimeName: f.name}, nil
}

func (f *fake) ContainerStatus(_ context.Context, r *runtime.ContainerStatusRequest) (*runtime.ContainerStatusResponse, error) {
	if c := f.containers[r.GetContainerId()]; c != nil {
		return c, nil
	}
	return nil, status.Error(codes.NotFound, "no such container")
}

func (f *fake) PodSandboxStatus(_ context.Context, r *runtime.PodSandboxStatusRequest) (*runtime.PodSandboxStatusResponse, error) {
	f.asked++
	if s := f.sandboxes[r.GetPodSandboxId()]; s != nil {
		return s, nil
	}
	return nil, status.Error(codes.NotFound, "no such pod")
}

func (f *fake) ListContainers(context.Context, *runtime.ListContainersRequest) (*runtime.ListContainersResponse, error) {
	answer := &runtime.ListContainersResponse{}
	for id, c := range f.containers {
		answer.Containers = append(answer.Containers, &runtime.Container{Id: id, State: c.GetStatus().GetState()})
	}
	return answer, nil
}

func (f *fake) ListPodSandbox(context.Context, *runtime.ListPodSandboxRequest) (*runtime.ListPodSandboxResponse, error) {
	answer := &runtime.ListPodSandboxResponse{}
	for id, s := range f.sandboxes {
		answer.Items = append(answer.Items, &runtime.PodSandbox{Id: id, State: s.GetStatus().GetState()})
	}
	return answer, nil
}

func (f *fake) GetContainerEvents(_ *runtime.GetEventsRequest, s runtime.RuntimeService_GetContainerEventsServer) error {
	if f.follow == nil {
		return status.Error(codes.Unimplemented, "unknown method")
	}
	for _, e := range f.events {
		if err := s.Send(e); err != nil {
			return err
		}
	}
	return f.follow(f, s)
}

// serve lets a server answer at a socket until the test's end.
func serve(t *testing.T, s runtime.RuntimeServiceServer) string {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	if s != nil {
		runtime.RegisterRuntimeServiceServer(server, s)
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	t.Cleanup(func() {
		server.Stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return socket
}

func dial(t *testing.T, s runtime.RuntimeServiceServer) *Client {
	t.Helper()
	c, err := Open(t.Context(), serve(t, s), func(facts.Cut) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// small is a runtime with a pod "p" and its containers "c" and "gone".
func small() *fake {
	container := func(state runtime.ContainerState) *runtime.ContainerStatusResponse {
		return &runtime.ContainerStatusResponse{
			Status: &runtime.ContainerStatus{
				Id: "c", Metadata: &runtime.ContainerMetadata{Name: "app"}, State: state,
				CreatedAt: 5, StartedAt: 6, Image: &runtime.ImageSpec{Image: "shop:1"},
				ImageRef: "docker.io/library/shop@sha256:abc", Labels: map[string]string{"a": "b"},
			},
			Info: map[string]string{"info": `{"sandboxID":"p","pid":77}`},
		}
	}
	return &fake{
		name: "cri-o",
		containers: map[string]*runtime.ContainerStatusResponse{
			"c": container(runtime.ContainerState_CONTAINER_RUNNING), "gone": container(runtime.ContainerState_CONTAINER_EXITED),
		},
		sandboxes: map[string]*runtime.PodSandboxStatusResponse{"p": {
			Status: &runtime.PodSandboxStatus{
				Id: "p", CreatedAt: 4, Labels: map[string]string{"tier": "front"},
				Metadata: &runtime.PodSandboxMetadata{Name: "pod", Namespace: "ns", Uid: "u"},
			},
			Info: map[string]string{"info": `{"pid":70,"image":"pause:3"}`},
		}},
	}
}
