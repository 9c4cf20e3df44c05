package enricher

// The bounds of Config.Nodes: what is configured, and what memory gives.
const (
	maxNodes   = 1_000_000
	leastNodes = 64
	mostNodes  = 65_536
)

const (
	// nodeBytes is what a busy node takes: some 500 processes, their containers
	// and names, and what a map of them costs.
	nodeBytes = 1 << 20
	// nodeShare is the part of the memory that nodes may take, one in that many.
	nodeShare = 2
)

// NodesFor returns how many nodes to keep in each partition where one process
// with so many bytes of memory has all partitions: half of it is for nodes of
// 1 MiB each. It is 64 at least and 65,536 at most.
func NodesFor(memory uint64, partitions int) int {
	nodes := memory / nodeShare / nodeBytes / uint64(max(partitions, 1))
	return int(min(max(nodes, leastNodes), mostNodes))
}

// room returns which node has to go for another one, or because there are more
// than are kept, as after a restart with fewer; nil where there is room. The one
// at hand stays.
func (h *handler) room(known bool) *node {
	if len(h.nodes) < h.cfg.Nodes || known && len(h.nodes) == h.cfg.Nodes {
		return nil
	}
	var oldest *node
	for _, n := range h.nodes {
		if oldest == nil || n.used < oldest.used {
			oldest = n
		}
	}
	return oldest
}
