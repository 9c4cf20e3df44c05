package runtimes

import (
	"context"
	"fmt"

	"github.com/weirsec/weir/services/collector/runtimes/cri"
	"github.com/weirsec/weir/services/collector/runtimes/docker"
	"github.com/weirsec/weir/services/collector/runtimes/facts"
)

// runtime is a connection to a container runtime.
type runtime interface {
	// Name is how events call it.
	Name() string
	// List returns all containers, stopped ones too.
	List(ctx context.Context) ([]facts.Entry, error)
	// Get returns one container; facts.ErrNotFound says that it is not there.
	Get(ctx context.Context, id string) (facts.Container, error)
	// Follow tells of changes until ctx ends, and then returns nil. It calls
	// ready when changes are not missed any more. facts.ErrNoStream says that
	// the runtime cannot tell of them; any other error, that the connection is
	// of no use any more.
	Follow(ctx context.Context, ready func(), tell func(facts.Change)) error
	Close() error
}

// open connects to an endpoint.
func open(ctx context.Context, e Endpoint, cut func(facts.Cut)) (runtime, error) {
	switch e.Kind {
	case kindDocker:
		return docker.Open(ctx, e.Socket, cut)
	case kindCRI:
		return cri.Open(ctx, e.Socket, cut)
	default:
		return nil, fmt.Errorf("container runtimes: kind %q: want docker or cri", e.Kind)
	}
}
