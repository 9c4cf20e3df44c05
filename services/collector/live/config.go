package live

import (
	"fmt"
	"os"

	"github.com/spf13/pflag"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/services/collector/runtimes"
)

// Config says what is watched. The zero value watches the kernel and no
// container runtime.
type Config struct {
	// Node is the machine's name in events and findings; "" means the host's.
	Node string
	// ContainerRuntimes are as runtimes.ParseEndpoints reads them: "auto",
	// "none", or sockets; none at all is "none".
	ContainerRuntimes []string
}

// Register adds the flags that set c.
func (c *Config) Register(flags *pflag.FlagSet) {
	flags.StringVar(&c.Node, "node", "", "this machine's name in events and findings (default: the host's name)")
	flags.StringSliceVar(&c.ContainerRuntimes, "container-runtimes", []string{"auto"},
		"where names, images and pods of containers come from: auto, none, or sockets such as /var/run/docker.sock "+
			"or cri=/run/containerd/containerd.sock")
}

// NodeName returns the machine's name in events.
func (c *Config) NodeName() (string, error) {
	if c.Node != "" {
		return c.Node, nil
	}
	host, err := os.Hostname()
	if err != nil {
		return "", fmt.Errorf("name this machine (set --node): %w", err)
	}
	return host, nil
}

// watcher returns the source of the runtimes.
func (c *Config) watcher(set stage.Settings) (*runtimes.Watcher, error) {
	endpoints, err := runtimes.ParseEndpoints(c.ContainerRuntimes)
	if err != nil {
		return nil, err
	}
	return runtimes.New(runtimes.Config{Endpoints: endpoints, Logger: set.Logger, Meter: set.Meter})
}
