package cri

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	runtime "k8s.io/cri-api/pkg/apis/runtime/v1"

	"github.com/weirsec/weir/services/collector/runtimes/facts"
)

const (
	// maxMessage bounds one answer; the kubelet has the same bound.
	maxMessage = 16 << 20
	// maxPods is how many pods are remembered for their containers.
	maxPods = 1024
)

// Client is a connection to one runtime. It is safe for concurrent use.
type Client struct {
	conn *grpc.ClientConn
	api  runtime.RuntimeServiceClient
	name string
	cut  func(facts.Cut)

	mu   sync.Mutex
	pods map[string]pod
}

// Open connects to the runtime behind a Unix socket, given by its path. cut is
// told what had to be cut off.
func Open(ctx context.Context, socket string, cut func(facts.Cut)) (*Client, error) {
	conn, err := grpc.NewClient("unix:"+socket,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage)))
	if err != nil {
		return nil, fmt.Errorf("cri: %w", err)
	}
	c := &Client{conn: conn, api: runtime.NewRuntimeServiceClient(conn), cut: cut, pods: map[string]pod{}}
	version, err := c.api.Version(ctx, &runtime.VersionRequest{})
	if status.Code(err) == codes.Unimplemented {
		err = fmt.Errorf("%w: runtime.v1 is switched off, or the runtime older than containerd 1.6 and CRI-O 1.20: %w",
			facts.ErrNotServed, err)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cri: connect: %w", err), c.Close())
	}
	c.name = runtimeName(version.GetRuntimeName())
	return c, nil
}

// Name returns how events call the runtime: "containerd", "crio", or the name
// that it has for itself.
func (c *Client) Name() string { return c.name }

// List returns all containers and the sandboxes of pods, stopped ones too.
func (c *Client) List(ctx context.Context) ([]facts.Entry, error) {
	sandboxes, err := c.api.ListPodSandbox(ctx, &runtime.ListPodSandboxRequest{})
	if err != nil {
		return nil, fmt.Errorf("cri: list pods: %w", err)
	}
	containers, err := c.api.ListContainers(ctx, &runtime.ListContainersRequest{})
	if err != nil {
		return nil, fmt.Errorf("cri: list containers: %w", err)
	}
	list := make([]facts.Entry, 0, len(sandboxes.GetItems())+len(containers.GetContainers()))
	for _, s := range sandboxes.GetItems() {
		list = append(list, facts.Entry{ID: s.GetId(), Live: s.GetState() == runtime.PodSandboxState_SANDBOX_READY})
	}
	for _, b := range containers.GetContainers() {
		list = append(list, facts.Entry{ID: b.GetId(), Live: b.GetState() != runtime.ContainerState_CONTAINER_EXITED})
	}
	return list, nil
}

// Get returns one container or sandbox, or an error that is facts.ErrNotFound.
func (c *Client) Get(ctx context.Context, id string) (facts.Container, error) {
	var cut facts.Cut
	box, err := c.container(ctx, id, &cut)
	if errors.Is(err, facts.ErrNotFound) {
		box, err = c.sandbox(ctx, id, &cut)
	}
	if err != nil {
		return facts.Container{}, err
	}
	cut.Bound(&box)
	c.cut(cut)
	return box, nil
}

func (c *Client) container(ctx context.Context, id string, cut *facts.Cut) (facts.Container, error) {
	answer, err := c.api.ContainerStatus(ctx, &runtime.ContainerStatusRequest{ContainerId: id, Verbose: true})
	if err != nil {
		return facts.Container{}, failed("status of container", err)
	}
	// Both may take a prefix for an id.
	if answer.GetStatus().GetId() != id {
		return facts.Container{}, facts.ErrNotFound
	}
	box := convertContainer(c.name, answer.GetStatus(), cut)
	more := readInfo(answer.GetInfo())
	box.PID = more.pid()
	owner, err := c.pod(ctx, more.SandboxID, cut)
	if errors.Is(err, facts.ErrNotFound) {
		return box, nil // What the labels say of the pod has to do.
	}
	if err != nil {
		return facts.Container{}, err
	}
	owner.describe(&box)
	return box, nil
}

func (c *Client) sandbox(ctx context.Context, id string, cut *facts.Cut) (facts.Container, error) {
	answer, err := c.api.PodSandboxStatus(ctx, &runtime.PodSandboxStatusRequest{PodSandboxId: id, Verbose: true})
	if err != nil {
		return facts.Container{}, failed("status of pod", err)
	}
	if answer.GetStatus().GetId() != id {
		return facts.Container{}, facts.ErrNotFound
	}
	return convertSandbox(c.name, answer.GetStatus(), readInfo(answer.GetInfo()), cut), nil
}

// pod returns the pod of a sandbox, which does not change while it is there.
func (c *Client) pod(ctx context.Context, sandbox string, cut *facts.Cut) (pod, error) {
	if sandbox == "" {
		return pod{}, facts.ErrNotFound
	}
	c.mu.Lock()
	known, ok := c.pods[sandbox]
	c.mu.Unlock()
	if ok {
		return known, nil
	}
	answer, err := c.api.PodSandboxStatus(ctx, &runtime.PodSandboxStatusRequest{PodSandboxId: sandbox})
	if err != nil {
		return pod{}, failed("status of pod", err)
	}
	p := convertPod(answer.GetStatus(), cut)
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.pods) >= maxPods {
		clear(c.pods)
	}
	c.pods[sandbox] = p
	return p, nil
}

func failed(what string, err error) error {
	if status.Code(err) == codes.NotFound {
		return facts.ErrNotFound
	}
	return fmt.Errorf("cri: %s: %w", what, err)
}

// Close frees the connection.
func (c *Client) Close() error {
	if err := c.conn.Close(); err != nil {
		return fmt.Errorf("cri: %w", err)
	}
	return nil
}
