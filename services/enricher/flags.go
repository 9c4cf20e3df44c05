package enricher

import "github.com/spf13/pflag"

// Flags are the settings that people have.
type Flags struct {
	// Nodes is how many nodes are kept in each partition; 0 means as many as the
	// memory bears.
	Nodes int
}

// Register adds the flags to a command's.
func (f *Flags) Register(flags *pflag.FlagSet) {
	flags.IntVar(&f.Nodes, "nodes-per-partition", 0,
		"nodes that are remembered in each partition, about 1 MiB each (default: what half of the memory bears)")
}

// Config returns the configuration for a process that has so many bytes of
// memory.
func (f Flags) Config(memory uint64, partitions int) Config {
	cfg := Default()
	cfg.Partitions, cfg.Nodes = partitions, f.Nodes
	if f.Nodes == 0 {
		cfg.Nodes = NodesFor(memory, partitions)
	}
	return cfg
}
