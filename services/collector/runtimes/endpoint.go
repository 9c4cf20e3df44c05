package runtimes

import (
	"fmt"
	"path/filepath"
	"strings"
)

// The interfaces that a runtime can be asked through.
const (
	kindDocker = "docker"
	kindCRI    = "cri"
)

// Endpoint is where a runtime can be asked.
type Endpoint struct {
	// Kind is "docker" for the Docker API or "cri" for Kubernetes' Container
	// Runtime Interface.
	Kind string
	// Socket is the path of a Unix socket.
	Socket string
}

// known are the sockets where runtimes listen unless they are told otherwise.
func known() []Endpoint {
	return []Endpoint{
		{kindDocker, "/var/run/docker.sock"},
		{kindCRI, "/run/containerd/containerd.sock"},
		{kindCRI, "/var/run/crio/crio.sock"},
		{kindCRI, "/run/k3s/containerd/containerd.sock"},
		{kindCRI, "/var/snap/microk8s/common/run/containerd.sock"},
	}
}

// ParseEndpoints reads the values of a setting: "auto" alone for the sockets
// where runtimes usually listen, whenever they appear; "none" alone for no
// runtime; or sockets, such as "/run/docker.sock" or
// "cri=unix:///run/my/containerd.sock". Without "docker=" or "cri=" in front a
// socket whose name begins with "docker" speaks the Docker API and any other
// CRI.
func ParseEndpoints(values []string) ([]Endpoint, error) {
	var list []Endpoint
	for _, v := range values {
		switch {
		case v != "auto" && v != "none":
			e, err := parseEndpoint(v)
			if err != nil {
				return nil, err
			}
			list = append(list, e)
		case len(values) > 1:
			return nil, fmt.Errorf("container runtimes: %q stands alone, not in a list", v)
		case v == "auto":
			return known(), nil
		}
	}
	return list, nil
}

func parseEndpoint(v string) (Endpoint, error) {
	kind, address, found := strings.Cut(v, "=")
	if !found {
		kind, address = "", v
	}
	socket := strings.TrimPrefix(address, "unix://")
	if !filepath.IsAbs(socket) || socket != filepath.Clean(socket) || strings.ContainsRune(socket, 0) {
		return Endpoint{}, fmt.Errorf("container runtimes: %q: want auto, none or the path of a Unix socket, "+
			"such as /var/run/docker.sock or cri=unix:///run/containerd/containerd.sock", v)
	}
	switch {
	case kind == kindDocker, kind == kindCRI:
	case found:
		return Endpoint{}, fmt.Errorf("container runtimes: %q: want docker= or cri= in front of a socket, not %q", v, kind+"=")
	case strings.HasPrefix(filepath.Base(socket), "docker"):
		kind = kindDocker
	default:
		kind = kindCRI
	}
	return Endpoint{Kind: kind, Socket: socket}, nil
}

// String returns the endpoint as ParseEndpoints reads it.
func (e Endpoint) String() string { return e.Kind + "=" + e.Socket }
