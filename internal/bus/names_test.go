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
