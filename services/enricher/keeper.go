package enricher

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/weirsec/weir/internal/datasource/containers"
	"github.com/weirsec/weir/internal/datasource/dns"
	"github.com/weirsec/weir/internal/datasource/processtree"
	"github.com/weirsec/weir/schemas/ledger"
	"github.com/weirsec/weir/schemas/statepb"
)

// stateVersion is that of the checkpoint's layout.
const stateVersion = 1

// Checkpoint implements stage.Keeper.
func (h *handler) Checkpoint() ([]byte, error) {
	saved := &statepb.Enricher{Version: stateVersion, Messages: h.messages, Books: h.books.State(), Since: h.since}
	for _, n := range slices.SortedFunc(maps.Values(h.nodes), func(a, b *node) int { return cmp.Compare(a.used, b.used) }) {
		saved.Nodes = append(saved.Nodes, n.state())
	}
	return saved.MarshalVT()
}

// Restore implements stage.Keeper.
func (h *handler) Restore(checkpoint []byte) error {
	h.nodes, h.messages = make(map[boot]*node), 0
	h.lastID, h.lastSeq, h.lastOutputs = "", 0, nil
	h.books, h.since = ledger.NewBooks(maxAccounts), 0
	if checkpoint == nil {
		return nil
	}
	var saved statepb.Enricher
	if err := saved.UnmarshalVT(checkpoint); err != nil {
		return fmt.Errorf("enricher: checkpoint: %w", err)
	}
	if saved.GetVersion() != stateVersion {
		return fmt.Errorf("enricher: checkpoint: version %d is not known, only %d", saved.GetVersion(), stateVersion)
	}
	nodes := make(map[boot]*node)
	for _, s := range saved.GetNodes() {
		n, err := restoreNode(&h.cfg, s)
		if err != nil {
			return fmt.Errorf("enricher: checkpoint: node %q, boot %q: %w", s.GetNode(), s.GetBootId(), err)
		}
		nodes[n.name] = n
	}
	h.nodes, h.messages, h.since = nodes, saved.GetMessages(), saved.GetSince()
	h.books.RestoreState(saved.GetBooks())
	return nil
}

// state returns what a checkpoint holds of a node.
func (n *node) state() *statepb.Node {
	s := &statepb.Node{
		Node: n.name.node, BootId: n.name.id, Watermark: n.watermark, Used: n.used,
		ProcessTree: n.tree.State(), Containers: n.containers.State(), Dns: n.dns.State(), Held: n.hold.state(),
		Place: n.place.State(), Tallies: n.tallies.State(), Numbers: make(map[uint32]*statepb.Place, len(n.numbers)),
	}
	for p, numbers := range n.numbers {
		s.Numbers[uint32(p)] = numbers.State()
	}
	return s
}

func restoreNode(cfg *Config, s *statepb.Node) (*node, error) {
	n := newNode(cfg, boot{s.GetNode(), s.GetBootId()})
	n.watermark, n.used = s.GetWatermark(), s.GetUsed()
	n.place, n.tallies = ledger.PlaceOf(s.GetPlace()), ledger.TalliesOf(s.GetTallies())
	for p, numbers := range s.GetNumbers() {
		if int(p) < cfg.Partitions {
			n.numbers[int(p)] = ledger.NumbersOf(numbers)
		}
	}
	var err error
	if n.tree, err = processtree.Restore(cfg.Processes, s.GetProcessTree()); err != nil {
		return nil, err
	}
	if n.containers, err = containers.Restore(cfg.Containers, s.GetContainers()); err != nil {
		return nil, err
	}
	if n.dns, err = dns.Restore(cfg.DNS, s.GetDns()); err != nil {
		return nil, err
	}
	if n.hold, err = restoreHold(n.name, s.GetHeld()); err != nil {
		return nil, err
	}
	// What was left out before has been reported.
	n.counts, n.names = n.tree.Counts(), n.dns.Counts()
	n.cgroups, n.facts = n.containers.Evicted()
	return n, nil
}
