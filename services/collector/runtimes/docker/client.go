package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/weirsec/weir/services/collector/runtimes/facts"
)

const (
	// maxAnswer bounds one answer of the daemon, but for the stream of events.
	maxAnswer = 64 << 20
	// maxImages is how many images' digests are remembered.
	maxImages = 256
)

// Client is a connection to one daemon. It is safe for concurrent use.
type Client struct {
	api *client.Client
	cut func(facts.Cut)

	mu sync.Mutex
	// digests of images by their ids: a look-up is a request of its own.
	digests map[string]string
}

// Open connects to the daemon behind a Unix socket, given by its path, and
// agrees on a version of the API (1.40 at least, Docker 19.03). cut is told
// what had to be cut off.
func Open(ctx context.Context, socket string, cut func(facts.Cut)) (*Client, error) {
	return open(ctx, socket, cut, maxAnswer)
}

func open(ctx context.Context, socket string, cut func(facts.Cut), limit int64) (*Client, error) {
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		},
		MaxIdleConns: 4, IdleConnTimeout: 30 * time.Second, DisableCompression: true,
	}
	api, err := client.New(client.WithHost("unix://"+socket), client.WithHTTPClient(&http.Client{Transport: limited{transport, limit}}))
	if err != nil {
		return nil, fmt.Errorf("docker: %w", err)
	}
	c := &Client{api: api, cut: cut, digests: map[string]string{}}
	if _, err := api.Ping(ctx, client.PingOptions{NegotiateAPIVersion: true}); err != nil {
		return nil, errors.Join(fmt.Errorf("docker: connect: %w", err), c.Close())
	}
	return c, nil
}

// limited ends an answer that is longer than any daemon's.
type limited struct {
	http.RoundTripper
	bytes int64
}

func (l limited) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := l.RoundTripper.RoundTrip(r)
	if err == nil && !strings.HasSuffix(r.URL.Path, "/events") {
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(answer.Body, l.bytes), answer.Body}
	}
	return answer, err
}

// CloseIdleConnections is what http.Client looks for.
func (l limited) CloseIdleConnections() {
	if t, ok := l.RoundTripper.(*http.Transport); ok {
		t.CloseIdleConnections()
	}
}

// Name returns "docker".
func (c *Client) Name() string { return "docker" }

// List returns all containers, stopped ones too.
func (c *Client) List(ctx context.Context) ([]facts.Entry, error) {
	all, err := c.api.ContainerList(ctx, client.ContainerListOptions{All: true})
	if err != nil {
		return nil, fmt.Errorf("docker: list containers: %w", err)
	}
	list := make([]facts.Entry, 0, len(all.Items))
	for _, item := range all.Items {
		live := item.State != container.StateExited && item.State != container.StateDead
		list = append(list, facts.Entry{ID: item.ID, Live: live})
	}
	return list, nil
}

// Get returns one container, or an error that is facts.ErrNotFound.
func (c *Client) Get(ctx context.Context, id string) (facts.Container, error) {
	answer, err := c.api.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if errdefs.IsNotFound(err) {
		return facts.Container{}, facts.ErrNotFound
	}
	if err != nil {
		return facts.Container{}, fmt.Errorf("docker: inspect container: %w", err)
	}
	var cut facts.Cut
	box := convert(&answer.Container, &cut)
	if digest := c.digest(ctx, answer.Container.Image); digest != "" {
		box.ImageDigest = digest
	}
	cut.Bound(&box)
	c.cut(cut)
	return box, nil
}

// digest returns what the registry calls the image of that id, or "".
func (c *Client) digest(ctx context.Context, image string) string {
	c.mu.Lock()
	digest, known := c.digests[image]
	c.mu.Unlock()
	if known || image == "" {
		return digest
	}
	answer, err := c.api.ImageInspect(ctx, image)
	if err != nil {
		return "" // An image may be removed while its containers run.
	}
	digest = registryDigest(answer.RepoDigests)
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.digests) >= maxImages {
		clear(c.digests)
	}
	c.digests[image] = digest
	return digest
}

// digestOf returns the digest of an image that is given by its name now: that
// of the registry or, where there is none, the image's id; "" where there is no
// such image.
func (c *Client) digestOf(ctx context.Context, name string) string {
	answer, err := c.api.ImageInspect(ctx, name)
	if err != nil {
		return ""
	}
	if digest := registryDigest(answer.RepoDigests); digest != "" {
		return digest
	}
	return answer.ID
}

// Close frees the connection.
func (c *Client) Close() error {
	if err := c.api.Close(); err != nil {
		return fmt.Errorf("docker: %w", err)
	}
	return nil
}
