package interest

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

func TestEither(t *testing.T) {
	for _, c := range []struct {
		name       string
		list, want []Scope
	}{
		{"nothing", nil, []Scope{}},
		{"everything", []Scope{{}, {Comms: []string{"a"}}}, Everything()},
		{"paths", []Scope{{Paths: []string{"/b"}}, {Paths: []string{"/a/x", "/c"}}, {Paths: []string{"/a"}}}, []Scope{{Paths: []string{"/a", "/b", "/c"}}}},
		{"comms", []Scope{{Comms: []string{"b"}}, {Comms: []string{"a", "b"}}}, []Scope{{Comms: []string{"a", "b"}}}},
		{"uids", []Scope{{UIDs: []uint32{2}}, {UIDs: []uint32{1}}}, []Scope{{UIDs: []uint32{1, 2}}}},
		{"both origins", []Scope{{Origin: "host"}, {Origin: "container"}}, Everything()},
		{
			"both origins of one path",
			[]Scope{{Origin: "host", Paths: []string{"/a"}}, {Origin: "container", Paths: []string{"/a"}}},
			[]Scope{{Paths: []string{"/a"}}},
		},
		{
			"a part of another",
			[]Scope{{Comms: []string{"a"}, Paths: []string{"/etc/x"}}, {Paths: []string{"/etc"}}},
			[]Scope{{Paths: []string{"/etc"}}},
		},
		{
			"two kinds",
			[]Scope{{Comms: []string{"a"}, Paths: []string{"/x"}}, {Comms: []string{"b"}, Paths: []string{"/y"}}},
			[]Scope{{Comms: []string{"a"}, Paths: []string{"/x"}}, {Comms: []string{"b"}, Paths: []string{"/y"}}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Either(c.list); !reflect.DeepEqual(got, c.want) {
				t.Errorf("%+v, want %+v", got, c.want)
			}
			slices.Reverse(c.list)
			if got := Either(c.list); !reflect.DeepEqual(got, c.want) {
				t.Errorf("in another order: %+v, want %+v", got, c.want)
			}
		})
	}
}

// More entries than a scope may have make several scopes.
func TestEitherSplits(t *testing.T) {
	var list []Scope
	for i := range MaxTexts + 1 {
		list = append(list, Scope{Paths: []string{fmt.Sprintf("/%03d", i)}})
	}
	got := Either(list)
	if len(got) != 2 || len(got[0].Paths)+len(got[1].Paths) != MaxTexts+1 {
		t.Errorf("%d scopes", len(got))
	}
	if again := Either(got); !reflect.DeepEqual(again, got) {
		t.Error("once more gives something else")
	}
}

func TestBoth(t *testing.T) {
	etc, shadow := []Scope{{Paths: []string{"/etc"}}}, []Scope{{Paths: []string{"/etc/shadow"}}}
	cat, host, container := []Scope{{Comms: []string{"cat"}}}, []Scope{{Origin: OriginHost}}, []Scope{{Origin: OriginContainer}}
	for _, c := range []struct {
		name       string
		a, b, want []Scope
	}{
		{"the longer path", etc, shadow, shadow},
		{"other paths", shadow, []Scope{{Paths: []string{"/proc"}}}, []Scope{}},
		{"with everything", etc, Everything(), etc},
		{"with nothing", etc, nil, []Scope{}},
		{"two fields", cat, etc, []Scope{{Comms: []string{"cat"}, Paths: []string{"/etc"}}}},
		{"two origins", host, container, []Scope{}},
		{"one origin", host, host, host},
		{"other comms", cat, []Scope{{Comms: []string{"ls"}}}, []Scope{}},
		{"uids", []Scope{{UIDs: []uint32{1, 2}}}, []Scope{{UIDs: []uint32{2, 3}}}, []Scope{{UIDs: []uint32{2}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Both(c.a, c.b); !reflect.DeepEqual(got, c.want) {
				t.Errorf("%+v, want %+v", got, c.want)
			}
			if got := Both(c.b, c.a); !reflect.DeepEqual(got, c.want) {
				t.Errorf("the other way: %+v, want %+v", got, c.want)
			}
		})
	}
}

// Where there would be too many pairs, one of the lists is not asked: what comes
// out holds wherever both do.
func TestBothIsBounded(t *testing.T) {
	var a, b []Scope
	for i := range uint32(40) {
		a = append(a, Scope{UIDs: []uint32{i}, Paths: []string{fmt.Sprint("/", i)}})
		b = append(b, Scope{UIDs: []uint32{i}, Comms: []string{fmt.Sprint(i)}})
	}
	got := Both(a, b[:39])
	if f := (Facts{UID: 3, Comm: "3", Path: "/3", PathKnown: true}); len(got) > maxTidied || !AnyHolds(got, &f) {
		t.Errorf("%d scopes", len(got))
	}
}

// The operations mean what they say, for all events that there can be.
func TestScopesMean(t *testing.T) {
	facts := allFacts()
	r := rand.New(rand.NewPCG(1, 2))
	held, not := 0, 0
	for n := range 3000 {
		a, b := randomScopes(r, 6), randomScopes(r, 6)
		either, both := Either(a, b), Both(a, b)
		if again := Either(b, a); !reflect.DeepEqual(again, either) {
			t.Fatalf("%+v and %+v: the order matters:\n%+v\n%+v", a, b, either, again)
		}
		if again := Either(either, either); !reflect.DeepEqual(again, either) {
			t.Fatalf("twice the same is not the same: %+v, %+v", either, again)
		}
		for range 100 {
			f := &facts[r.IntN(len(facts))]
			inA, inB := naive(a, f), naive(b, f)
			if AnyHolds(either, f) != (inA || inB) {
				t.Fatalf("%d: %+v or %+v is %+v, on %+v", n, a, b, either, f)
			}
			// Facts that are not known hold in both of two that exclude each
			// other: nothing is both.
			if got := AnyHolds(both, f); got && (!inA || !inB) || !got && inA && inB && f.Origin != "" && f.PathKnown {
				t.Fatalf("%d: %+v and %+v is %+v, on %+v", n, a, b, both, f)
			}
			if inA && inB {
				held++
			} else {
				not++
			}
		}
	}
	if held < 1000 || not < 1000 {
		t.Errorf("%d times both, %d times not: the scopes are too much alike", held, not)
	}
}

// A scope covers another one only where it holds for all that the other does.
func TestCovers(t *testing.T) {
	facts := allFacts()
	r := rand.New(rand.NewPCG(3, 4))
	covered := 0
	for range 20_000 {
		a, b := randomScope(r), randomScope(r)
		if !a.covers(&b) {
			continue
		}
		covered++
		for i := range facts {
			if b.Holds(&facts[i]) && !a.Holds(&facts[i]) {
				t.Fatalf("%+v does not cover %+v, on %+v", a, b, facts[i])
			}
		}
	}
	if covered < 1000 {
		t.Errorf("only %d of the pairs", covered)
	}
}
