package cri

import (
	"context"
	"errors"
	"fmt"
	"io"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtime "k8s.io/cri-api/pkg/apis/runtime/v1"

	"github.com/weirsec/weir/services/collector/runtimes/facts"
)

// Follow tells of containers and sandboxes that are created, started and
// removed, until ctx ends or the connection does, which is an error. ready is
// called when nothing can be missed any more. facts.ErrNoStream means that the
// runtime has no such call (containerd before 1.7) or has it switched off.
func (c *Client) Follow(ctx context.Context, ready func(), tell func(facts.Change)) error {
	stream, err := c.api.GetContainerEvents(ctx, &runtime.GetEventsRequest{})
	if err == nil {
		// The runtime answers with headers at its first event only: that it has
		// the call shows later, so the list must not wait for it.
		ready()
	}
	for err == nil {
		var m *runtime.ContainerEventResponse
		if m, err = stream.Recv(); err == nil {
			c.tell(m, tell)
		}
	}
	if ctx.Err() != nil {
		return nil //nolint:nilerr // the stream ends with ctx, as it should
	}
	switch {
	case status.Code(err) == codes.Unimplemented:
		return facts.ErrNoStream
	case errors.Is(err, io.EOF):
		// CRI-O ends the stream at once where enable_pod_events is off.
		return facts.ErrNoStream
	default:
		return fmt.Errorf("cri: events: %w", err)
	}
}

// tell passes on one event of the runtime.
func (c *Client) tell(m *runtime.ContainerEventResponse, tell func(facts.Change)) {
	id := m.GetContainerId()
	switch kind := m.GetContainerEventType(); kind {
	case runtime.ContainerEventType_CONTAINER_CREATED_EVENT, runtime.ContainerEventType_CONTAINER_STARTED_EVENT:
		var cut facts.Cut
		change := facts.Change{ID: id, Told: c.told(m, &cut)}
		change.Created = kind == runtime.ContainerEventType_CONTAINER_CREATED_EVENT && change.Told != nil
		c.cut(cut)
		tell(change)
	case runtime.ContainerEventType_CONTAINER_DELETED_EVENT:
		c.mu.Lock()
		delete(c.pods, id)
		c.mu.Unlock()
		tell(facts.Change{ID: id, Removed: true})
	case runtime.ContainerEventType_CONTAINER_STOPPED_EVENT:
	}
}

// told takes what came with an event, or nil where that is nothing.
func (c *Client) told(m *runtime.ContainerEventResponse, cut *facts.Cut) *facts.Container {
	id, sandbox := m.GetContainerId(), m.GetPodSandboxStatus()
	if sandbox.GetId() == id {
		box := convertSandbox(c.name, sandbox, info{}, cut)
		cut.Bound(&box)
		return &box
	}
	for _, s := range m.GetContainersStatuses() {
		if s.GetId() == id {
			box := convertContainer(c.name, s, cut)
			if sandbox != nil {
				convertPod(sandbox, cut).describe(&box)
			}
			cut.Bound(&box)
			return &box
		}
	}
	return nil
}
