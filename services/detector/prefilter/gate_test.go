package prefilter

import (
	"testing"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/interest"
)

func TestGate(t *testing.T) {
	etc := []interest.Scope{{Paths: []string{"/etc/"}}}
	with := func(change func(e *event.Event)) *event.Event {
		e := opened("/etc/x")
		change(e)
		return e
	}
	noPath := with(func(e *event.Event) { e.Values[1] = event.Value{} })
	twice := with(func(e *event.Event) {
		e.Shape.Args = append(e.Shape.Args, e.Shape.Args[1])
		e.Values = append(e.Values, event.String("/other"))
	})
	otherFirst := with(func(e *event.Event) {
		e.Shape.Args = append(e.Shape.Args, e.Shape.Args[1])
		e.Values = append(e.Values, event.String("/etc/x"))
		e.Values[1] = event.String("/other")
	})
	bytes := with(func(e *event.Event) { e.Values[1] = event.Bytes("/other") })
	missing := with(func(e *event.Event) { e.Values = e.Values[:1] })
	root := with(func(e *event.Event) { e.Context.UID = 7 })
	for _, c := range []struct {
		name              string
		event             *event.Event
		derived, declared bool
	}{
		{"the path", opened("/etc/x"), true, true},
		{"another path", opened("/other"), false, false},
		{"an unreadable path", noPath, true, false},
		{"no value", missing, true, false},
		{"two paths", twice, true, true},
		{"two paths, the other one first", otherFirst, true, false},
		{"bytes", bytes, true, false},
	} {
		all := interest.Everything()
		if got := NewGate("pathname", etc, all).Admits(c.event); got != c.derived {
			t.Errorf("%s: %v where it is derived", c.name, got)
		}
		if got := NewGate("pathname", all, etc).Admits(c.event); got != c.declared {
			t.Errorf("%s: %v where it is declared", c.name, got)
		}
	}
	// Of two paths each may meet one of two conditions, and no scope does.
	neither := Scopes(All(is(arg("pathname"), Prefix, "/etc/"), is(arg("pathname"), Prefix, "/oth")), "pathname")
	for name, e := range map[string]*event.Event{"two paths": twice, "bytes": bytes} {
		if !NewGate("pathname", neither, interest.Everything()).Admits(e) {
			t.Errorf("%s: left out by conditions that exclude each other", name)
		}
	}
	if NewGate("pathname", neither, interest.Everything()).Admits(opened("/etc/x")) {
		t.Error("one path meets conditions that exclude each other")
	}
	either := NewGate("pathname", interest.Everything(), []interest.Scope{{Paths: []string{"/etc/"}}, {UIDs: []uint32{7}}})
	if !either.Admits(root) || !either.Admits(with(func(e *event.Event) { e.Values[1], e.Context.UID = event.Value{}, 7 })) ||
		either.Admits(noPath) {
		t.Error("one of several")
	}
	if NewGate("pathname", interest.Everything(), append(etc, interest.Scope{})) != nil {
		t.Error("a gate that is always open")
	}
	if g := NewGate("", nil, interest.Everything()); g.Admits(opened("/etc/x")) {
		t.Error("a gate that is always closed admits")
	}
	var none *Gate
	if !none.Admits(noPath) {
		t.Error("no gate refuses")
	}
}

func TestFactsOf(t *testing.T) {
	e := opened("/etc/x")
	e.Context.UID = 33
	want := interest.Facts{Event: "openat", Comm: "cat", UID: 33, Origin: interest.OriginHost, Path: "/etc/x", PathKnown: true}
	if got := FactsOf(e, "pathname"); got != want {
		t.Errorf("%+v", got)
	}
	e.Context.Container.ID = "c"
	if got := FactsOf(e, ""); got.Origin != interest.OriginContainer || got.PathKnown {
		t.Errorf("%+v", got)
	}
	e.Context.ContainerStarted = true
	if got := FactsOf(e, "fd"); got.Origin != interest.OriginContainer || got.PathKnown {
		t.Errorf("%+v", got)
	}
}

func TestGateTakesNoMemory(t *testing.T) {
	g := NewGate("pathname", []interest.Scope{{Paths: []string{"/x", "/etc/"}}}, []interest.Scope{{Comms: []string{"cat"}}})
	e := opened("/etc/x")
	if n := testing.AllocsPerRun(100, func() { g.Admits(e) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkGate(b *testing.B) {
	g := NewGate("pathname", []interest.Scope{{Paths: []string{"/etc/ld.so.preload"}}}, interest.Everything())
	e := opened("/usr/lib/x86_64-linux-gnu/libc.so.6")
	for b.Loop() {
		g.Admits(e)
	}
}
