package runtimes

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// Whatever comes and goes: never more than the limit, and what is there is what
// was put last.
func TestMemoryRandom(t *testing.T) {
	const limit = 50
	rnd := rand.New(rand.NewPCG(1, 2))
	m := newMemory(limit)
	want := map[string]uint64{}
	a, b := Endpoint{kindDocker, "/a"}, Endpoint{kindCRI, "/b"}
	for step := range uint64(20000) {
		id := fmt.Sprint(rnd.IntN(200))
		if rnd.IntN(3) == 0 {
			m.remove(id)
			delete(want, id)
			continue
		}
		e := a
		if rnd.IntN(2) == 0 {
			e = b
		}
		m.put(id, remembered{endpoint: e, print: step})
		want[id] = step
		if r, ok := m.get(id); !ok || r.print != step {
			t.Fatalf("step %d: %+v, %v", step, r, ok)
		}
		if len(m.boxes) > limit || len(m.order) > limit {
			t.Fatalf("step %d: %d containers in %d places", step, len(m.boxes), len(m.order))
		}
		for id, r := range m.boxes {
			if want[id] != r.print {
				t.Fatalf("step %d: %s is of step %d, want %d", step, id, r.print, want[id])
			}
		}
		if n := len(m.of(a)) + len(m.of(b)); n != len(m.boxes) {
			t.Fatalf("step %d: %d of %d", step, n, len(m.boxes))
		}
	}
}

func TestRetries(t *testing.T) {
	var r retries
	if r.due() != nil {
		t.Fatal("nobody waits")
	}
	now := time.Now()
	var gaps []time.Duration
	for r.later("a", now) {
		gaps = append(gaps, r.waiting[0].at.Sub(now))
	}
	if want := []time.Duration{50 * time.Millisecond, 200 * time.Millisecond, 800 * time.Millisecond, 3200 * time.Millisecond}; fmt.Sprint(gaps) != fmt.Sprint(want) {
		t.Errorf("waits %v, want %v", gaps, want)
	}
	if len(r.waiting) != 0 {
		t.Error("it waits on after the last try")
	}
	for i := range maxRetries {
		if !r.later(fmt.Sprint(i), now.Add(-time.Duration(i)*time.Second)) {
			t.Fatal("no room for ", i)
		}
	}
	if r.later("one too many", now) || len(r.waiting) != maxRetries {
		t.Errorf("%d wait", len(r.waiting))
	}
	<-r.due()
	if got := r.next(); got != fmt.Sprint(maxRetries-1) {
		t.Errorf("%s is next, though others wait longer", got)
	}
	r.forget(r.next())
	if got := r.next(); got != fmt.Sprint(maxRetries-2) || len(r.waiting) != maxRetries-1 {
		t.Errorf("then %s", got)
	}
}
