package correlate

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/weirsec/weir/signatures/sdk"
)

// feed is matches of a few groups in the order in which they come: mostly by
// time, some late, some far too late, some at one time.
func feed(r *rand.Rand, n int, values []string) []entry {
	var list []entry
	now := int64(1000)
	for i := range n {
		now += int64(r.IntN(8))
		if r.IntN(40) == 0 {
			now += int64(r.IntN(100))
		}
		if r.IntN(200) == 0 {
			now -= 200 // somebody sets the clock
		}
		time := now
		switch r.IntN(6) {
		case 0:
			time -= int64(r.IntN(20))
		case 1:
			time -= int64(r.IntN(60))
		}
		list = append(list, entry{time: time, id: fmt.Sprint("n/b/", i), value: values[r.IntN(len(values))]})
	}
	return list
}

// randomRule is a rule with its reference.
func randomRule(r *rand.Rand) (rule, reference, []string) {
	names := []string{"a", "b", "c"}[:1+r.IntN(3)]
	kinds := []sdk.CorrelationType{sdk.EventCount, sdk.ValueCount, sdk.Temporal, sdk.TemporalOrdered}
	made := rule{kind: kinds[r.IntN(4)], timespan: int64(1 + r.IntN(40)), need: 1 + r.IntN(6), limit: leastLimit, fingerprint: "f"}
	made.group = make([]field, 1)
	values := []string{""}
	switch made.kind {
	case sdk.ValueCount:
		values = []string{"1", "2", "3", "4", "5", "6", "7"}
	case sdk.Temporal, sdk.TemporalOrdered:
		made.names, made.need, values = names, len(names), names
	}
	return made, reference{kind: made.kind, timespan: made.timespan, need: made.need, names: made.names}, values
}

// keyOf is the key of a group by one field of one digit.
func keyOf(n int) []byte { return []byte{present, 0, 1, '0' + byte(n)} }

func TestAsTheReference(t *testing.T) {
	fired, lateOnes := map[sdk.CorrelationType]int{}, 0
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		made, want, values := randomRule(r)
		m := newMemory(&made)
		told := map[string]bool{}
		for i, e := range feed(r, 150, values) {
			key := keyOf(r.IntN(2))
			before := m.counts.late.Load()
			window := m.take(key, e)
			fires, tooLate := want.take(string(key), e)
			if got := window != nil; got != fires {
				t.Fatalf("seed %d, %s of %d in %d %q, match %d %+v: fires %v, want %v",
					seed, made.kind, made.need, made.timespan, made.names, i, e, got, fires)
			}
			if got := m.counts.late.Load() > before; got != tooLate {
				t.Fatalf("seed %d, match %d: late %v, want %v", seed, i, got, tooLate)
			}
			if tooLate {
				lateOnes++
			}
			if fires {
				fired[made.kind]++
				checkWindow(t, &made, window, e)
				for _, one := range made.contributing(window, e) {
					if told[one.id] {
						t.Fatalf("seed %d: %s is in two findings", seed, one.id)
					}
					told[one.id] = true
				}
			}
			check(t, m)
		}
	}
	if len(fired) != 4 || lateOnes < 100 {
		t.Errorf("findings %v, %d late: the feeds test too little", fired, lateOnes)
	}
	t.Logf("findings %v, late %d", fired, lateOnes)
}

// checkWindow holds a window and what a finding tells of it to what it must be.
func checkWindow(t *testing.T, r *rule, window []entry, e entry) {
	t.Helper()
	first, last := window[0].time, window[len(window)-1].time
	if last-first > r.timespan || !slices.Contains(window, e) {
		t.Fatalf("window from %d to %d of %+v", first, last, e)
	}
	found := r.contributing(window, e)
	want := r.need
	if r.kind == sdk.EventCount {
		want = len(window)
	}
	if len(found) != want || found[len(found)-1] != e {
		t.Fatalf("%s: %d contribute, want %d; %+v of %+v", r.kind, len(found), want, found, window)
	}
	for _, one := range found {
		if !slices.Contains(window, one) {
			t.Fatalf("%+v is not in the window", one)
		}
	}
}

// check holds a memory to what must always be true of it.
func check(t *testing.T, m *memory) {
	t.Helper()
	total, count := 0, 0
	for g := m.oldest; g != nil; g = g.newer {
		count++
		total += g.cost()
		size := 0
		values := map[string]int{}
		for i := range g.entries {
			size += g.entries[i].size()
			if i > 0 && g.entries[i].time < g.entries[i-1].time {
				t.Fatal("the entries are not in order")
			}
			if inside := g.entries[i].time >= g.newest()-m.rule.timespan; inside != (i >= g.start) {
				t.Fatalf("entry %d of the window from %d", i, g.start)
			} else if inside && m.rule.counts() {
				values[g.entries[i].value]++
			}
		}
		if size != g.bytes || len(values) != len(g.values) {
			t.Fatalf("%d bytes, counted %d; values %v, counted %v", size, g.bytes, values, g.values)
		}
	}
	if count != len(m.groups) || total != m.bytes {
		t.Fatalf("%d groups with %d bytes, counted %d with %d", count, total, len(m.groups), m.bytes)
	}
}

// Cut at any place and read again from its bytes, a memory goes on as if nothing
// had happened.
func TestSnapshotsChangeNothing(t *testing.T) {
	fired := 0
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 2))
		made, _, values := randomRule(r)
		whole, cut := newMemory(&made), newMemory(&made)
		for _, m := range []*memory{whole, cut} {
			m.maxGroups, m.maxBytes = 4, 6000
		}
		for i, e := range feed(r, 150, values) {
			if r.IntN(10) == 0 {
				text := cut.snapshot(nil)
				if !bytes.Equal(text, whole.snapshot(nil)) {
					t.Fatalf("seed %d, match %d: other bytes", seed, i)
				}
				cut = newMemory(&made)
				cut.maxGroups, cut.maxBytes = 4, 6000
				if err := cut.restore(text); err != nil {
					t.Fatalf("seed %d, match %d: %v", seed, i, err)
				}
				check(t, cut)
			}
			key := keyOf(r.IntN(6))
			want, got := whole.take(key, e), cut.take(key, e)
			if !slices.Equal(got, want) {
				t.Fatalf("seed %d, match %d: window %v, want %v", seed, i, got, want)
			}
			if want != nil {
				fired++
			}
			whole.trim(e.time)
			cut.trim(e.time)
		}
	}
	if fired < 500 {
		t.Errorf("only %d findings", fired)
	}
}

// In whatever order matches come, as long as none is too late there is a finding
// if and only if the condition holds in some window of all of them.
func TestOrderDoesNotMatter(t *testing.T) {
	tested, fired := 0, 0
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 4))
		made, want, values := randomRule(r)
		m := newMemory(&made)
		var all []entry
		for i := range 1 + r.IntN(8) {
			all = append(all, entry{time: int64(r.IntN(60)), id: fmt.Sprint("n/b/", i), value: values[r.IntN(len(values))]})
		}
		// Equal times are in the order of arrival, so that must not change.
		slices.SortStableFunc(all, func(a, b entry) int { return int(a.time - b.time) })
		all = slices.CompactFunc(all, func(a, b entry) bool { return a.time == b.time })
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		got := false
		for _, e := range all {
			got = m.take(keyOf(0), e) != nil || got
		}
		if m.counts.late.Load() > 0 {
			continue
		}
		holds := false
		for _, e := range all {
			one, _ := want.holds(all, e)
			holds = holds || one
		}
		if got != holds {
			t.Fatalf("seed %d, %s of %d in %d: a finding %v, want %v, of %+v", seed, made.kind, made.need, made.timespan, got, holds, all)
		}
		tested++
		if got {
			fired++
		}
	}
	if tested < 1000 || fired < 300 || tested-fired < 300 {
		t.Errorf("%d orders tested, %d with a finding", tested, fired)
	}
}
