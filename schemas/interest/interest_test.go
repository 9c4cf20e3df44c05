package interest

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestNew(t *testing.T) {
	long := strings.Repeat("x", MaxPath-1) + "é"
	for _, c := range []struct {
		name         string
		events, want []Event
	}{
		{"sorted, each once", []Event{{Name: "b"}, {Name: "a"}, {Name: "b"}}, []Event{{Name: "a"}, {Name: "b"}}},
		{"everything of one", []Event{{"a", []Scope{{Comms: []string{"x"}}}}, {Name: "a"}}, []Event{{Name: "a"}}},
		{"everything", []Event{{"a", []Scope{{Comms: []string{"x"}}}}, {Name: All}}, []Event{{Name: All}}},
		{
			"two of one",
			[]Event{{"a", []Scope{{Comms: []string{"x"}}}}, {"a", []Scope{{Comms: []string{"y"}}}}},
			[]Event{{"a", []Scope{{Comms: []string{"x", "y"}}}}},
		},
		{"a comm that no thread has", []Event{{"a", []Scope{{Comms: []string{"1234567890123456", "x\x00"}}}}}, []Event{}},
		{"one of two comms", []Event{{"a", []Scope{{Comms: []string{"1234567890123456", "x"}}}}}, []Event{{"a", []Scope{{Comms: []string{"x"}}}}}},
		{"a comm that JSON has not", []Event{{"a", []Scope{{Comms: []string{"x", "\xff"}}}}}, []Event{{Name: "a"}}},
		{"a long path", []Event{{"a", []Scope{{Paths: []string{long}}}}}, []Event{{"a", []Scope{{Paths: []string{long[:MaxPath-1]}}}}}},
		{"a path that JSON has not", []Event{{"a", []Scope{{Paths: []string{"/a\xff/b", "/c\x00d"}}}}}, []Event{{"a", []Scope{{Paths: []string{"/a", "/c"}}}}}},
		{"an empty path", []Event{{"a", []Scope{{Paths: []string{"/a", "\xff"}, UIDs: []uint32{1}}}}}, []Event{{"a", []Scope{{UIDs: []uint32{1}}}}}},
		{"another origin", []Event{{"a", []Scope{{Origin: "moon"}}}}, []Event{{Name: "a"}}},
		{"names that no event has", []Event{{Name: ""}, {Name: "\xff"}, {Name: strings.Repeat("x", MaxName+1)}}, []Event{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := New(c.events...); !reflect.DeepEqual(got.Events, c.want) {
				t.Errorf("%+v, want %+v", got.Events, c.want)
			}
		})
	}
}

func TestTooManyScopes(t *testing.T) {
	var list []Scope
	for i := range uint32(MaxScopes + 1) {
		list = append(list, Scope{UIDs: []uint32{i}, Comms: []string{fmt.Sprint(i)}})
	}
	if got := New(Event{"a", list[:MaxScopes]}); len(got.Events[0].Scopes) != MaxScopes {
		t.Errorf("%d scopes", len(got.Events[0].Scopes))
	}
	if got := New(Event{"a", list}); got.Events[0].Scopes != nil {
		t.Errorf("%d scopes, want none", len(got.Events[0].Scopes))
	}
}

func TestAdmits(t *testing.T) {
	i := New(Event{Name: "ptrace"}, Event{"openat", []Scope{{Paths: []string{"/etc/"}}, {Comms: []string{"nginx"}, UIDs: []uint32{33}, Origin: OriginContainer}}})
	for _, c := range []struct {
		name string
		f    Facts
		want bool
	}{
		{"no scopes", Facts{Event: "ptrace"}, true},
		{"another event", Facts{Event: "connect"}, false},
		{"the path", Facts{Event: "openat", Path: "/etc/x", PathKnown: true}, true},
		{"another path", Facts{Event: "openat", Path: "/etc", PathKnown: true}, false},
		{"no path", Facts{Event: "openat"}, true},
		{"all three", Facts{Event: "openat", Path: "x", PathKnown: true, Comm: "nginx", UID: 33, Origin: OriginContainer}, true},
		{"the origin is not known", Facts{Event: "openat", Path: "x", PathKnown: true, Comm: "nginx", UID: 33}, true},
		{"another origin", Facts{Event: "openat", Path: "x", PathKnown: true, Comm: "nginx", UID: 33, Origin: OriginHost}, false},
		{"another uid", Facts{Event: "openat", Path: "x", PathKnown: true, Comm: "nginx", UID: 3, Origin: OriginContainer}, false},
		{"another comm", Facts{Event: "openat", Path: "x", PathKnown: true, Comm: "nginx2", UID: 33, Origin: OriginContainer}, false},
	} {
		if got := i.Admits(c.f); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	if !Of(All).Admits(Facts{Event: "x"}) || (Interest{}).Admits(Facts{Event: "x"}) {
		t.Error("all and nothing")
	}
	if e, ok := Of(All).Find("x"); !ok || e.Name != "x" || e.Scopes != nil {
		t.Errorf("%+v", e)
	}
}

// A union admits what any of its parts does, and nothing else; bringing scopes
// into form only ever widens them for events that a kernel can have.
func TestUnionMeans(t *testing.T) {
	facts := allFacts()
	r := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		a, b, c := randomInterest(r), randomInterest(r), randomInterest(r)
		u := a.Union(b, c)
		if !u.Equal(c.Union(a).Union(b)) || !u.Equal(u.Union(u, a)) || !reflect.DeepEqual(u, c.Union(b, a)) {
			t.Fatalf("%v, %v and %v: the order matters: %v, %v", a, b, c, u, c.Union(a).Union(b))
		}
		for range 50 {
			f := facts[r.IntN(len(facts))]
			f.Event = []string{"openat", "ptrace", "x"}[r.IntN(3)]
			if want := a.Admits(f) || b.Admits(f) || c.Admits(f); u.Admits(f) != want {
				t.Fatalf("%v, %v, %v: %v, on %+v", a, b, c, u, f)
			}
		}
		list := append(randomScopes(r, 6), randomScope(r))
		made := New(Event{"openat", list})
		for i := range facts {
			if naive(list, &facts[i]) && !made.Admits(facts[i]) {
				t.Fatalf("%+v became %v, on %+v", list, made, facts[i])
			}
		}
	}
}

func TestNamesAndEqual(t *testing.T) {
	a, b := Of("x", "a"), New(Event{"a", []Scope{{UIDs: []uint32{1}}}}, Event{Name: "x"})
	if !slices.Equal(a.Names(), []string{"a", "x"}) || !slices.Equal(a.Names(), b.Names()) {
		t.Errorf("%q, %q", a.Names(), b.Names())
	}
	if a.Equal(b) || !a.Equal(Of("a", "x")) || a.Equal(Of("a")) || a.Equal(Of("a", "y")) {
		t.Error("equality is wrong")
	}
	if names := (Interest{}).Names(); names == nil || len(names) != 0 {
		t.Errorf("%q", names)
	}
}

func TestPathArg(t *testing.T) {
	for _, c := range []struct {
		event, arg string
		narrow     bool
	}{
		{"openat", "pathname", true},
		{"security_file_open", "pathname", true},
		{"execve", "pathname", true},
		{"ptrace", "", true},
		{"connect", "", true},
		{"sched_process_exec", "", false},
		{"sched_process_fork", "", false},
		{"existing_cgroup", "", false},
		{"cgroup_mkdir", "", false},
		{"container_create", "", false},
		{"net_packet_dns_request", "", false},
		{All, "", false},
	} {
		if arg, narrow := PathArg(c.event); arg != c.arg || narrow != c.narrow {
			t.Errorf("%s: %q, %v", c.event, arg, narrow)
		}
	}
}

func TestText(t *testing.T) {
	for want, i := range map[string]Interest{
		"nothing":     {},
		"every event": Of(All),
		"a; b":        Of("b", "a"),
		`"a\x1b[31m"`: Of("a\x1b[31m"),
		"a (comm x|\"y z\"); b (paths under /1|/2|/3 and 2 more, comm x, uid 0|7, processes in containers)": New(
			Event{"a", []Scope{{Comms: []string{"x", "y z"}}}},
			Event{"b", []Scope{{Paths: []string{"/1", "/2", "/3", "/4", "/5"}, Comms: []string{"x"}, UIDs: []uint32{7, 0}, Origin: OriginContainer}}},
		),
		"a (paths under /b, uid 1 or comm b or processes outside containers)": New(Event{"a", []Scope{
			{Origin: OriginHost}, {Comms: []string{"b"}}, {Paths: []string{"/b"}, UIDs: []uint32{1}},
		}}),
	} {
		if got := i.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	var many []Scope
	for i := range uint32(5) {
		many = append(many, Scope{UIDs: []uint32{i}, Comms: []string{fmt.Sprint(i)}})
	}
	e := New(Event{"a", many}).Events[0]
	if got := e.Narrowed(); !strings.HasSuffix(got, "or 2 more") {
		t.Error(got)
	}
	if got := e.Fields(); !slices.Equal(got, []string{"comm", "uid"}) {
		t.Errorf("%q", got)
	}
	if got := (Scope{}).String(); got != "any kind" {
		t.Error(got)
	}
}
