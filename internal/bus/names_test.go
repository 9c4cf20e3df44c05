package bus_test

import (
	"fmt"
	"testing"

	"github.com/weirsec/weir/internal/bus"
)

func TestSubjects(t *testing.T) {
	for _, c := range []struct{ name, got, want string }{
		{"raw", bus.RawSubject("web-1"), "weir.raw.web-1"},
		{"raw of a name with dots", bus.RawSubject("web-1.example.org"), "weir.raw.web-1%2Eexample%2Eorg"},
		{"raw filter", bus.RawFilter(7), "weir.raw.7.>"},
		{"events", bus.EventsSubject(3, "a.b"), "weir.events.3.a%2Eb"},
		{"events filter", bus.EventsFilter(3), "weir.events.3.>"},
		{"detections", bus.DetectionsSubject(15), "weir.detections.15"},
		{"finding", bus.FindingSubject("high", "TRC-2"), "weir.findings.high.TRC-2"},
		{"finding of an id with dots", bus.FindingSubject("low", "Mine-0.1.0"), "weir.findings.low.Mine-0%2E1%2E0"},
		{"findings of any severity", bus.FindingSubject("", "TRC-2"), "weir.findings.*.TRC-2"},
		{"dead letter", bus.DLQSubject("detector", 4), "weir.dlq.detector.4"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.name, c.got, c.want)
		}
	}
}

// The vectors are fixed: streams that exist were divided by them.
func TestPartitionIsStable(t *testing.T) {
	for _, c := range []struct {
		key     string
		n, want int
	}{
		{"", 16, 5}, {"a", 16, 12}, {"node1", 16, 4}, {"node1", 4, 0}, {"x", 1, 0}, {"x", 0, 0}, {"x", -3, 0},
	} {
		if got := bus.Partition(c.key, c.n); got != c.want {
			t.Errorf("Partition(%q, %d) = %d, want %d", c.key, c.n, got, c.want)
		}
	}
}

func TestPartitionSpreads(t *testing.T) {
	const keys, n = 16000, 16
	var counts [n]int
	for i := range keys {
		counts[bus.Partition(fmt.Sprintf("node-%d/%x", i%100, i*7919), n)]++
	}
	for p, count := range counts {
		if count < keys/n/2 || count > keys/n*2 {
			t.Errorf("partition %d has %d of %d keys", p, count, keys)
		}
	}
}

func TestEventsPartitionIsStable(t *testing.T) {
	for _, c := range []struct {
		node, container string
		n, want         int
	}{
		{"node1", "", 16, 4},
		{"node1", "c1", 16, 5},
		{"node1", "c2", 16, 4},
		{"node1", "", 2, 0},
		{"node1", "c1", 2, 1},
		{"node1", "c1", 1, 0},
		{"node1", "", 0, 0},
		{"node1", "c1", -1, 0},
	} {
		if got := bus.EventsPartition(c.node, c.container, c.n); got != c.want {
			t.Errorf("EventsPartition(%q, %q, %d) = %d, want %d", c.node, c.container, c.n, got, c.want)
		}
	}
}

// A node's events are in a few partitions, those of all nodes in all alike.
func TestEventsPartitionSpreads(t *testing.T) {
	const nodes, containers, n = 400, 40, 16
	var counts [n]int
	for i := range nodes {
		of := map[int]int{}
		for k := range containers {
			of[bus.EventsPartition(fmt.Sprint("node-", i), fmt.Sprintf("%x", i*7919+k*104729), n)]++
		}
		if _, host := of[bus.EventsPartition(fmt.Sprint("node-", i), "", n)]; len(of) != 2 || !host {
			t.Errorf("node %d is in the partitions %v", i, of)
		}
		for p, count := range of {
			counts[p] += count
		}
	}
	for p, count := range counts {
		if count < nodes*containers/n/2 || count > nodes*containers/n*2 {
			t.Errorf("partition %d has %d of %d containers", p, count, nodes*containers)
		}
	}
}
