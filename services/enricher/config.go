package enricher

import (
	"errors"
	"fmt"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/datasource/containers"
	"github.com/weirsec/weir/internal/datasource/dns"
	"github.com/weirsec/weir/internal/datasource/processtree"
)

// Config says how an Enricher works.
type Config struct {
	// Partitions is how many partitions the events are spread over.
	Partitions int
	// Partition maps a key to 0..n-1, and Subject tells where the events of a
	// node in a partition are published.
	Partition func(key string, n int) int
	Subject   func(partition int, node string) string
	// Processes, Containers and DNS bound what is kept of each node.
	Processes  processtree.Limits
	Containers containers.Limits
	DNS        dns.Limits
	// Nodes is how many boots of nodes are kept in each partition.
	Nodes int
	// MaxBytes is how large a message may be, in bytes before compression.
	MaxBytes int
	// KeepSecrets leaves passwords and tokens in arguments and environments.
	KeepSecrets bool
}

// Default returns the configuration that fits all.
func Default() Config {
	return Config{
		Partitions: 16,
		Partition:  bus.Partition,
		Subject:    bus.EventsSubject,
		Processes:  processtree.Default(),
		Containers: containers.Default(),
		DNS:        dns.Default(),
		Nodes:      256,
		MaxBytes:   512 << 10,
	}
}

// Validate returns an error that names the field which makes no sense.
func (c Config) Validate() error {
	switch {
	case c.Partitions < 1:
		return fmt.Errorf("enricher: partitions must be at least 1, not %d", c.Partitions)
	case c.Partition == nil || c.Subject == nil:
		return errors.New("enricher: no subjects for events")
	case c.Nodes < 1:
		return fmt.Errorf("enricher: at least 1 node must be kept, not %d", c.Nodes)
	case c.MaxBytes < 16<<10:
		return fmt.Errorf("enricher: messages need at least 16 KiB, not %d bytes", c.MaxBytes)
	}
	if err := c.Processes.Validate(); err != nil {
		return fmt.Errorf("enricher: %w", err)
	}
	if err := c.Containers.Validate(); err != nil {
		return fmt.Errorf("enricher: %w", err)
	}
	if err := c.DNS.Validate(); err != nil {
		return fmt.Errorf("enricher: %w", err)
	}
	return nil
}
