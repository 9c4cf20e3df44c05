package prefilter

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/weirsec/weir/schemas/event"
)

func arg(name string) Place { return Place{Source: Arg, Name: name} }

func is(p Place, op Op, text string) Condition { return Is(Atom{p, op, text}) }

func opened(path string) *event.Event {
	return &event.Event{
		Shape:   &event.Shape{Name: "openat", Args: []event.ArgSpec{{Name: "fd", Type: "int"}, {Name: "pathname", Type: "string"}}},
		Values:  []event.Value{event.Int(3), event.String(path)},
		Context: &event.Context{ProcessName: "cat", Executable: "/usr/bin/cat"},
	}
}

func candidates(x *Index, e *event.Event) []int {
	found := x.NewBits()
	x.Candidates(e, found)
	list := []int{}
	for i := found.Next(0); i >= 0; i = found.Next(i + 1) {
		list = append(list, i)
	}
	return list
}

func TestCandidates(t *testing.T) {
	path := arg("pathname")
	x := NewIndex([]Condition{
		is(path, Equal, "/etc/passwd"), // 0
		is(path, Prefix, "/etc/"),      // 1
		is(path, Suffix, "wd"),         // 2
		is(path, Contains, "pass"),     // 3
		is(path, ContainsFold, "pass"), // 4
		Any(),                          // 5
		Never(),                        // 6
		All(is(path, Prefix, "/etc/"), is(Place{Source: ProcessName}, Equal, "tac")), // 7
		Either(is(path, Equal, "/x"), is(Place{Source: Executable}, Suffix, "/cat")), // 8
		is(arg("missing"), Equal, ""),     // 9
		is(arg("fd"), Equal, "3"),         // 10
		is(path, Equal, ""),               // 11
		All(Any(), is(path, Suffix, "é")), // 12
		Either(Never(), is(path, Prefix, "/etc/passwd-longer"), is(path, Contains, "//")), // 13
	})
	if x.Guarded() != 13 || !x.Useful() {
		t.Errorf("%d guarded", x.Guarded())
	}
	for text, want := range map[string][]int{
		"/etc/passwd":     {0, 1, 2, 3, 4, 5, 8},
		"/etc/":           {1, 5, 8},
		"/etc":            {5, 8},
		"":                {5, 8, 11},
		"/ETC/PASSWD":     {4, 5, 8},
		"/étc/pass":       {3, 4, 5, 8},
		"/\xff/é":         {4, 5, 8, 12},
		"//x":             {5, 8, 13},
		"/etc/passwd-lon": {1, 3, 4, 5, 8},
	} {
		// The heaviest parts of 7 decide whether its process counts.
		got := slices.DeleteFunc(candidates(x, opened(text)), func(i int) bool { return i == 7 })
		if !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestPlaces(t *testing.T) {
	at := func(source Source, name, key string) Place { return Place{Source: source, Name: name, Key: key} }
	e := &event.Event{
		Syscall: "openat",
		Shape: &event.Shape{Name: "ptrace", Args: []event.ArgSpec{
			{Name: "request", Type: "long"},
			{Name: "argv", Type: "[]string"},
			{Name: "addr", Type: "x"},
			{Name: "twice", Type: "x"},
			{Name: "twice", Type: "x"},
			{Name: "json", Type: "x"},
			{Name: "bytes", Type: "bytes"},
			{Name: "unset", Type: "x"},
		}},
		Values: []event.Value{
			event.Int(0), event.Strings([]string{"a", "bc"}), event.Map("k", "old", "k", "v"), event.String("x"), event.String("y"),
			event.JSON(`["q"]`), event.Bytes("b"),
		},
		Context: &event.Context{Container: event.Container{ID: "c1"}},
	}
	for _, c := range []struct {
		name string
		atom Atom
		want bool
	}{
		{"words of a number", Atom{at(Arg, "request", ""), Equal, "PTRACE_TRACEME"}, true},
		{"other words", Atom{at(Arg, "request", ""), Equal, "PTRACE_ATTACH"}, false},
		{"an element", Atom{at(Element, "argv", ""), Prefix, "b"}, true},
		{"no element", Atom{at(Element, "argv", ""), Equal, "b"}, false},
		{"a list is no text", Atom{at(Arg, "argv", ""), Equal, "a"}, false},
		{"a member", Atom{at(Member, "addr", "k"), Equal, "v"}, true},
		{"a member that was replaced", Atom{at(Member, "addr", "k"), Equal, "old"}, false},
		{"the elements of an object are not told", Atom{at(Element, "addr", ""), Equal, "z"}, true},
		{"an argument that is there twice", Atom{at(Arg, "twice", ""), Equal, "z"}, true},
		{"what is not known", Atom{at(Element, "json", ""), Equal, "z"}, true},
		{"the member of what is not known", Atom{at(Member, "json", "k"), Equal, "z"}, true},
		{"bytes", Atom{at(Arg, "bytes", ""), Equal, "z"}, true},
		{"an argument without a value", Atom{at(Arg, "unset", ""), Equal, "z"}, false},
		{"syscall", Atom{at(Syscall, "", ""), Equal, "openat"}, true},
		{"container", Atom{at(ContainerID, "", ""), Equal, "c2"}, false},
		{"no process", Atom{at(ProcessName, "", ""), Equal, ""}, true},
	} {
		if got := len(candidates(NewIndex([]Condition{Is(c.atom)}), e)) == 1; got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestSimplified(t *testing.T) {
	some := is(arg("a"), Equal, "x")
	for name, c := range map[string]struct {
		got        Condition
		never, any bool
	}{
		"nothing at all":      {All(), false, true},
		"no way":              {Either(), true, false},
		"all with never":      {All(some, Never()), true, false},
		"either with any":     {Either(some, Any()), false, true},
		"one part":            {All(some), false, false},
		"a prefix of nothing": {is(arg("a"), Prefix, ""), false, true},
		"a replaced byte":     {is(arg("a"), Equal, "\ufffd"), false, true},
	} {
		if c.got.IsNever() != c.never || c.got.IsAny() != c.any {
			t.Errorf("%s: %+v", name, c.got)
		}
	}
}

// holds decides a condition one atom after the other.
func holds(c Condition, text string) bool {
	switch c.kind {
	case kindAtom:
		switch c.atom.Op {
		case Equal:
			return text == c.atom.Text
		case Prefix:
			return strings.HasPrefix(text, c.atom.Text)
		case Suffix:
			return strings.HasSuffix(text, c.atom.Text)
		case Contains:
			return strings.Contains(text, c.atom.Text)
		default:
			return strings.Contains(strings.ToLower(text), c.atom.Text)
		}
	case kindAll:
		return !slices.ContainsFunc(c.parts, func(p Condition) bool { return !holds(p, text) })
	case kindEither:
		return slices.ContainsFunc(c.parts, func(p Condition) bool { return holds(p, text) })
	default:
		return c.kind == kindAny
	}
}

// Whatever the conditions, none that holds is left out, and one atom alone lets
// through nothing else.
func TestNothingIsLeftOut(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	word := func() string {
		b := make([]byte, r.IntN(5))
		for i := range b {
			b[i] = "ab/A\xc3"[r.IntN(5)]
		}
		return string(b)
	}
	var condition func(depth int) Condition
	condition = func(depth int) Condition {
		if depth == 0 || r.IntN(2) == 0 {
			return is(arg("pathname"), Op(r.IntN(5)), strings.ToLower(word()))
		}
		parts := []Condition{condition(depth - 1), condition(depth - 1)}
		if r.IntN(2) == 0 {
			return All(parts...)
		}
		return Either(parts...)
	}
	for range 600 {
		conditions := make([]Condition, 1+r.IntN(80))
		for i := range conditions {
			conditions[i] = condition(r.IntN(3))
		}
		x := NewIndex(conditions)
		for range 10 {
			text := word() + word() + word()
			found := x.NewBits()
			x.Candidates(opened(text), found)
			for i, c := range conditions {
				held := holds(c, text)
				if held && !found.Has(i) {
					t.Fatalf("%+v holds for %q and is left out", c, text)
				}
				exact := c.kind == kindAtom && (c.atom.Op != ContainsFold || !strings.Contains(text, "\xc3"))
				if exact && !held && found.Has(i) {
					t.Fatalf("%+v does not hold for %q and is let through", c, text)
				}
			}
		}
	}
}

// FuzzIndex looks for texts that an index breaks on.
func FuzzIndex(f *testing.F) {
	f.Add("/etc/passwd", "/etc/", uint8(1))
	f.Add("", "\x00", uint8(2))
	f.Fuzz(func(t *testing.T, text, pattern string, op uint8) {
		if Op(op%5) == ContainsFold {
			pattern = strings.ToLower(pattern)
		}
		c := is(arg("pathname"), Op(op%5), pattern)
		if holds(c, text) && len(candidates(NewIndex([]Condition{c}), opened(text))) == 0 {
			t.Errorf("%+v holds for %q and is left out", c, text)
		}
	})
}

func BenchmarkCandidates(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	var conditions []Condition
	for range 200 {
		text := []string{"/etc/cron.d/", "/usr/lib/x", "/proc/", "release_agent", ".so"}[r.IntN(5)] + string(rune('a'+r.IntN(26)))
		conditions = append(conditions, is(arg("pathname"), Op(r.IntN(4)), text))
	}
	x, e := NewIndex(conditions), opened("/usr/lib/x86_64-linux-gnu/libc.so.6")
	found := x.NewBits()
	b.ReportAllocs()
	for b.Loop() {
		x.Candidates(e, found)
	}
}
