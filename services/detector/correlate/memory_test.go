package correlate

import (
	"fmt"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/signatures/sdk"
)

// counting is a rule that counts, with a memory of so many groups and bytes.
func counting(need, groups, bytes int) *memory {
	m := newMemory(&rule{kind: sdk.EventCount, timespan: 100, need: need, limit: 20, group: make([]field, 1)})
	m.maxGroups, m.maxBytes = groups, bytes
	return m
}

func TestGroupsMakeRoom(t *testing.T) {
	m := counting(2, 3, maxBytes)
	for n := range 4 {
		m.take(keyOf(n), entry{time: int64(n), id: "x"})
		m.trim(int64(n))
		check(t, m)
	}
	if len(m.groups) != 3 || m.counts.forgotten() != (engine.Forgotten{Evicted: 1}) {
		t.Errorf("%d groups, forgotten %+v", len(m.groups), m.counts.forgotten())
	}
	// The one that went matched longest ago, so it begins anew.
	if m.take(keyOf(0), entry{time: 5, id: "y"}) != nil || m.take(keyOf(3), entry{time: 5, id: "y"}) == nil {
		t.Error("the wrong group went")
	}
	check(t, m)
}

func TestOldGroupsAreNoLoss(t *testing.T) {
	m := counting(2, 3, maxBytes)
	for n := range 9 {
		now := int64(n) * 70 // three of them are 210 apart
		m.take(keyOf(n), entry{time: now, id: "x"})
		m.trim(now)
	}
	if m.counts.forgotten() != (engine.Forgotten{}) {
		t.Errorf("forgotten %+v", m.counts.forgotten())
	}
}

func TestBytesMakeRoom(t *testing.T) {
	m := counting(2, maxGroups, 5*(groupCost+4+entryCost+10))
	for n := range 9 {
		m.take(keyOf(n), entry{time: 1, id: "0123456789"})
		m.trim(1)
		check(t, m)
	}
	if len(m.groups) != 5 || m.counts.evicted.Load() != 4 {
		t.Errorf("%d groups, %d evicted", len(m.groups), m.counts.evicted.Load())
	}
	// The last one stays, with its last match, however large that is.
	m.maxBytes = 1
	m.take(keyOf(8), entry{time: 1, id: "more"})
	m.trim(1)
	check(t, m)
	last := m.groups[string(keyOf(8))]
	if len(m.groups) != 1 || last == nil || len(last.entries) != 1 || last.entries[0].id != "more" || m.counts.crowded.Load() != 1 {
		t.Errorf("%d groups, forgotten %+v", len(m.groups), m.counts.forgotten())
	}
}

func TestCrowdsMakeRoom(t *testing.T) {
	m := counting(10, maxGroups, maxBytes)
	fired := 0
	for n := range 1000 {
		if m.take(keyOf(0), entry{time: 5, id: fmt.Sprint(n)}) != nil {
			fired++
		}
		check(t, m)
	}
	if got := len(m.oldest.entries); got != 20 || m.counts.crowded.Load() != 980 || fired != 1 {
		t.Errorf("%d entries, %d crowded, %d findings", got, m.counts.crowded.Load(), fired)
	}
}

// A real flood, of more groups and matches than any partition should have, stays
// within its bounds.
func TestFlood(t *testing.T) {
	p := newProgram(t, sdk.Correlation{
		Type: sdk.ValueCount, GroupBy: []string{"args.pathname"}, Timespan: time.Hour,
		Condition: sdk.Condition{AtLeast: 5, Field: "processId"},
	}, "openat")
	i := p.NewInstance(func(engine.Report) {}).(*instance)
	for n := range 60_000 {
		e := at("openat", int64(n))
		e.Time, e.Context.PID = int64(n)*int64(time.Millisecond), int32(n)
		e.Values = []event.Value{event.String(fmt.Sprint("/tmp/a-directory-with-a-name/", n%20_000))}
		if err := i.Evaluate(t.Context(), &engine.Input{Event: e}); err != nil {
			t.Fatal(err)
		}
	}
	check(t, i.memory)
	if len(i.memory.groups) > maxGroups || i.memory.bytes > maxBytes || i.Forgotten().Evicted == 0 {
		t.Errorf("%d groups with %d bytes, forgotten %+v", len(i.memory.groups), i.memory.bytes, i.Forgotten())
	}
}

func TestTimesAtTheEnds(t *testing.T) {
	m := counting(2, maxGroups, maxBytes)
	for n, time := range []int64{-1 << 63, -1<<63 + 1, 1<<63 - 1, 1<<63 - 2, 0, -1 << 63} {
		m.take(keyOf(0), entry{time: time, id: fmt.Sprint(n)})
		m.trim(time)
	}
	if m.counts.late.Load() != 2 {
		t.Errorf("%d late", m.counts.late.Load())
	}
}
