package enricher

import (
	"math"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/weirsec/weir/internal/stage"
)

func TestNodesFor(t *testing.T) {
	for _, c := range []struct {
		memory           uint64
		partitions, want int
	}{
		{0, 16, 64},
		{1 << 30, 16, 64},
		{4 << 30, 16, 128},
		{8 << 30, 16, 256},
		{64 << 30, 16, 2048},
		{64 << 30, 128, 256},
		{8 << 30, 0, 4096},
		{math.MaxUint64, 1, 65_536},
	} {
		if got := NodesFor(c.memory, c.partitions); got != c.want {
			t.Errorf("%d bytes, %d partitions: %d nodes, want %d", c.memory, c.partitions, got, c.want)
		}
	}
}

func TestNodesFlag(t *testing.T) {
	for _, c := range []struct {
		args []string
		want int
		err  string
	}{
		{nil, 256, ""},
		{[]string{"--nodes-per-partition", "1000"}, 1000, ""},
		{[]string{"--nodes-per-partition", "-1"}, -1, "of each partition 1 to 1000000 nodes must be kept, not -1"},
		{[]string{"--nodes-per-partition", "1000001"}, 1_000_001, "not 1000001"},
	} {
		var f Flags
		flags := pflag.NewFlagSet("weir-enricher", pflag.ContinueOnError)
		f.Register(flags)
		if err := flags.Parse(c.args); err != nil {
			t.Fatal(err)
		}
		cfg := f.Config(8<<30, 16)
		err := cfg.Validate()
		if cfg.Nodes != c.want || cfg.Partitions != 16 || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%q: %d nodes, %v", c.args, cfg.Nodes, err)
		}
	}
}

// Who starts again with fewer nodes lets go of those that are too many, one with
// each message, those that were not heard of for longest first.
func TestFewerNodesAfterRestart(t *testing.T) {
	before := newRig(t, nil)
	message := func(r *rig, node string, seq uint64) {
		m := newRaw()
		m.env.Node, m.env.FirstSeq = node, seq
		r.handle(m.exec(100, initd.child(7, 50), "sh"))
	}
	for _, node := range []string{"a", "b", "c", "d", "e"} {
		message(before, node, seqBase)
	}
	saved, err := before.handler.(stage.Keeper).Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	after := newRig(t, func(c *Config) { c.Nodes = 2 })
	if err := after.handler.(stage.Keeper).Restore(saved); err != nil {
		t.Fatal(err)
	}
	nodes := after.handler.(*handler).nodes
	for i, want := range []int{4, 3, 2, 2} {
		message(after, "a", seqBase+uint64(i)+1)
		if nodes = after.handler.(*handler).nodes; len(nodes) != want {
			t.Errorf("%d nodes after message %d, want %d", len(nodes), i+1, want)
		}
	}
	for _, name := range []string{"a", "e"} {
		if nodes[boot{name, "b007"}] == nil {
			t.Errorf("%s was forgotten, which was heard of last", name)
		}
	}
	if n := after.metric("weir.enricher.evicted", "kind", "node"); n != 3 {
		t.Errorf("%d evictions are counted", n)
	}
}
