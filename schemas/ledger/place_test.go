package ledger

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/weirsec/weir/schemas/eventpb"
)

// What is before the first message of a run is missing where the reader was there
// when the run began; messages of earlier runs that come late are known.
func TestPlace(t *testing.T) {
	const since = 100
	type step struct {
		run    uint64
		began  int64
		before uint64
		count  uint32
		want   Gap
	}
	for name, steps := range map[string][]step{
		"began before the reader": {{5, 99, 40, 2, Gap{Earlier: 40}}, {5, 99, 45, 1, Gap{Missing: 3}}},
		"began after it":          {{5, 100, 40, 2, Gap{Missing: 40}}, {5, 100, 42, 1, Gap{}}},
		"nobody numbers":          {{0, 0, 99, 1, Gap{}}, {5, 0, 40, 2, Gap{Earlier: 40}}},
		"times are not known":     {{5, 0, 40, 2, Gap{Earlier: 40}}, {6, 0, 7, 1, Gap{Missing: 7}}},
		"again, and an old one":   {{5, 100, 0, 2, Gap{}}, {5, 100, 0, 2, Gap{}}, {5, 100, 2, 3, Gap{}}, {5, 100, 0, 2, Gap{}}, {5, 100, 5, 1, Gap{}}},
		"another run":             {{9, 100, 0, 1, Gap{}}, {10, 101, 7, 1, Gap{Missing: 7}}, {11, 99, 7, 1, Gap{Earlier: 7}}},
		"an earlier run is late":  {{9, 100, 0, 5, Gap{}}, {10, 101, 0, 1, Gap{}}, {9, 100, 7, 1, Gap{Missing: 2}}, {10, 101, 1, 1, Gap{}}, {9, 100, 8, 1, Gap{}}},
		"no events":               {{9, 100, 5, 0, Gap{Missing: 5}}, {9, 100, 5, 0, Gap{}}, {9, 100, 5, 1, Gap{}}, {9, 100, 8, 0, Gap{Missing: 2}}},
	} {
		t.Run(name, func(t *testing.T) {
			var p Place
			for i, s := range steps {
				p = PlaceOf(p.State())
				env := &eventpb.Envelope{Run: s.run, RunTime: s.began, EventsBefore: s.before, Count: s.count}
				if got := p.Read(env, since); got != s.want {
					t.Errorf("message %d: %+v, want %+v", i, got, s.want)
				}
			}
		})
	}
}

// Earlier runs are remembered within bounds.
func TestPlaceIsBounded(t *testing.T) {
	var p Place
	for run := range uint64(50) {
		p.Read(&eventpb.Envelope{Run: run + 1, Count: 1}, 0)
	}
	if state := p.State(); len(state.GetPast()) != maxPast || state.GetRun() != 50 || state.GetPast()[0].GetRun() != 49 {
		t.Errorf("remembered %v", state)
	}
}

// Of an origin that had to be forgotten nobody knows how far it was read.
func TestPlacesForget(t *testing.T) {
	p := NewPlaces(2)
	read := func(origin string, before uint64, stored int64) Gap {
		env := &eventpb.Envelope{Node: origin, Run: 1, RunTime: 20, EventsBefore: before, Count: 1}
		return p.Read(env, Arrival{Stored: stored, Since: 10})
	}
	got := []Gap{read("a", 0, 21), read("b", 4, 22), read("c", 0, 23), read("a", 1, 24), read("a", 3, 25)}
	want := []Gap{{}, {Missing: 4}, {}, {Earlier: 1}, {Missing: 1}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// The numbers are told again once, when the stream has given up what told them.
func TestMark(t *testing.T) {
	var m Mark
	n := Numbers{Run: 1, Events: 10}
	for i, c := range []struct {
		n           Numbers
		first, last uint64
		due         bool
	}{
		{Numbers{}, 5, 9, false},
		{n, 5, 9, false},
		{n, 9, 9, false},
		{n, 10, 12, true},
		{n, 12, 13, false},
		{n, 13, 13, false},
		{n, 14, 20, true},
		{Numbers{Run: 1, Events: 11}, 20, 21, false},
		{Numbers{Run: 2, Events: 11}, 30, 29, false},
		{Numbers{Run: 2, Events: 11}, 30, 29, true},
	} {
		if got := m.Due(c.n, c.first, c.last); got != c.due {
			t.Errorf("%d, %s: due %v", i, fmt.Sprint(c), got)
		}
	}
}
