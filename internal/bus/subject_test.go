package bus_test

import (
	"testing"

	"github.com/weirsec/weir/internal/bus"
)

func TestCoversAndOverlap(t *testing.T) {
	for _, c := range []struct {
		a, b             string
		covers, overlaps bool
	}{
		{"a.b", "a.b", true, true},
		{"a.b", "a.c", false, false},
		{"a.b", "a.b.c", false, false},
		{"a.b.c", "a.b", false, false},
		{"a.*", "a.b", true, true},
		{"a.*", "a.*", true, true},
		{"a.b", "a.*", false, true},
		{"*.b", "a.*", false, true},
		{"a.>", "a.b.c", true, true},
		{"a.>", "a.*", true, true},
		{"a.>", "a", false, false},
		{"a.*", "a.>", false, true},
		{"a.b.c", "a.>", false, true},
		{">", "a.>", true, true},
		{"a.*.c", "a.b.d", false, false},
		{"x.>", "a.>", false, false},
	} {
		if got := bus.Covers(c.a, c.b); got != c.covers {
			t.Errorf("%s covers %s: %v", c.a, c.b, got)
		}
		if got := bus.Overlap(c.a, c.b); got != c.overlaps {
			t.Errorf("%s overlaps %s: %v", c.a, c.b, got)
		}
		if bus.Overlap(c.a, c.b) != bus.Overlap(c.b, c.a) {
			t.Errorf("%s and %s: who is asked matters", c.a, c.b)
		}
	}
}

func TestInbox(t *testing.T) {
	for want, got := range map[string]string{
		"_INBOX_enricher": bus.Inbox("enricher", ""), "_INBOX_collector.web%2E1": bus.Inbox("collector", "web.1"),
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	for _, r := range bus.Readers() {
		if got, ok := bus.ReaderOf(r.Stage); !ok || got.Stream != r.Stream || !bus.Covers(r.Filter(3), r.Filter(3)) {
			t.Errorf("reader %s: %+v", r.Stage, got)
		}
	}
	if _, ok := bus.ReaderOf("nobody"); ok {
		t.Error("there is a reader that does not exist")
	}
}
