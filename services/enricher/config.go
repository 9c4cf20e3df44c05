package enricher

import (
	"errors"
	"fmt"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/datasource/containers"
	"github.com/weirsec/weir/internal/datasource/dns"
	"github.com/weirsec/weir/internal/datasource/processtree"
	"github.com/weirsec/weir/schemas/record"
)

// Config says how an Enricher works.
type Config struct {
	// Partitions is how many partitions the events are spread over.
	Partitions int
	// Partition tells where of 0..n-1 the events of a container of a node go, of the
	// node itself where container is "", and Subject where those of a node in a
	// partition are published.
	Partition func(node, container string, n int) int
	Subject   func(partition int, node string) string
	// Processes, Containers and DNS bound what is kept of each node.
	Processes  processtree.Limits
	Containers containers.Limits
	DNS        dns.Limits
	// Nodes is how many boots of nodes are kept in each partition.
	Nodes int
	// MaxBytes is how large a message may be, in bytes before compression.
	MaxBytes int
	// Hold is for how long events of a container wait until its runtime has told
	// of it, in event time; 0 means not at all. HoldBytes is how much may wait of
	// each node.
	Hold      time.Duration
	HoldBytes int
	// KeepSecrets leaves passwords and tokens in arguments, environments and labels.
	KeepSecrets bool
}

// Default returns the configuration that fits all.
func Default() Config {
	return Config{
		Partitions: 16,
		Partition:  bus.EventsPartition,
		Subject:    bus.EventsSubject,
		Processes:  processtree.Default(),
		Containers: containers.Default(),
		DNS:        dns.Default(),
		Nodes:      256,
		MaxBytes:   512 << 10,
		Hold:       500 * time.Millisecond,
		HoldBytes:  4 << 20,
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
	case c.Hold < 0 || c.Hold > record.MaxHold:
		return fmt.Errorf("enricher: events may be held for up to %s, not %s", record.MaxHold, c.Hold)
	case c.Hold > 0 && c.HoldBytes < 64<<10:
		return fmt.Errorf("enricher: at least 64 KiB are needed for events that are held, not %d bytes", c.HoldBytes)
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
