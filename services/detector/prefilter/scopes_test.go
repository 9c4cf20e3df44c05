package prefilter

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/interest"
)

func TestScopes(t *testing.T) {
	path, name, box := arg("pathname"), Place{Source: ProcessName}, Place{Source: ContainerID}
	under := func(paths ...string) []interest.Scope { return []interest.Scope{{Paths: paths}} }
	comm := func(comms ...string) []interest.Scope { return []interest.Scope{{Comms: comms}} }
	container := []interest.Scope{{Origin: interest.OriginContainer}}
	var files, pairs []Condition
	for i := range 9 {
		files = append(files, is(path, Equal, fmt.Sprint("/", i)))
		pairs = append(pairs, All(files[i], is(name, Equal, fmt.Sprint(i))))
	}
	for _, c := range []struct {
		name      string
		condition Condition
		want      []interest.Scope
	}{
		{"anything", Any(), interest.Everything()},
		{"nothing", Never(), nil},
		{"a path", is(path, Equal, "/etc/passwd"), under("/etc/passwd")},
		{"a beginning", is(path, Prefix, "/etc/"), under("/etc/")},
		{"an end", is(path, Suffix, "/mem"), interest.Everything()},
		{"a part", is(path, Contains, "/proc/"), interest.Everything()},
		{"no path at all", is(path, Equal, ""), interest.Everything()},
		{"another argument", is(arg("flags"), Equal, "O_RDONLY"), interest.Everything()},
		{"an element", is(Place{Source: Element, Name: "pathname"}, Equal, "/x"), interest.Everything()},
		{"a name", is(name, Equal, "nginx"), comm("nginx")},
		{"a beginning of a name", is(name, Prefix, "runc:"), interest.Everything()},
		{"no name", is(name, Equal, ""), comm("")},
		{"the program's file", is(Place{Source: Executable}, Equal, "/bin/sh"), interest.Everything()},
		{"a container", is(box, Equal, "c1"), container},
		{"a part of a container's id", is(box, Contains, "c"), container},
		{"no container", is(box, Equal, ""), interest.Everything()},
		{"a path and an end", All(is(path, Prefix, "/etc/"), is(path, Suffix, "wd")), under("/etc/")},
		{"a path of a path", All(is(path, Prefix, "/etc/"), is(path, Prefix, "/etc/ssh")), under("/etc/ssh")},
		{"two paths at once", All(is(path, Equal, "/a"), is(path, Equal, "/b")), []interest.Scope{}},
		{"several paths", Either(is(path, Equal, "/b"), is(path, Prefix, "/a")), under("/a", "/b")},
		{"a path or a part", Either(is(path, Equal, "/b"), is(path, Contains, "a")), interest.Everything()},
		{"many paths", Either(files...), under("/0", "/1", "/2", "/3", "/4", "/5", "/6", "/7", "/8")},
		{"eight kinds", Either(pairs[:8]...), Scopes(Either(pairs[:8]...), "pathname")},
		{"nine kinds", Either(pairs...), interest.Everything()},
		{"nine kinds and a path", All(Either(pairs...), is(path, Prefix, "/")), under("/")},
		{
			"both", All(is(path, Prefix, "/etc/"), Either(is(name, Equal, "b"), is(name, Equal, "a")), is(box, Equal, "c")),
			[]interest.Scope{{Paths: []string{"/etc/"}, Comms: []string{"a", "b"}, Origin: interest.OriginContainer}},
		},
		{
			"either", Either(All(is(path, Prefix, "/etc/"), is(name, Equal, "a")), is(path, Equal, "/proc/x")),
			[]interest.Scope{{Paths: []string{"/etc/"}, Comms: []string{"a"}}, {Paths: []string{"/proc/x"}}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Scopes(c.condition, "pathname"); !reflect.DeepEqual(got, c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
	if got := Scopes(Either(pairs[:8]...), "pathname"); len(got) != 8 {
		t.Errorf("%d scopes of eight kinds", len(got))
	}
	if got := Scopes(is(path, Equal, "/x"), ""); !reflect.DeepEqual(got, interest.Everything()) {
		t.Errorf("an event without a path: %v", got)
	}
	var much []Condition
	for i := range maxAlternatives + 1 {
		much = append(much, is(path, Equal, fmt.Sprint("/", i)))
	}
	if got := Scopes(Either(much...), "pathname"); !reflect.DeepEqual(got, interest.Everything()) {
		t.Errorf("%d scopes of very many paths", len(got))
	}
}

// randomCondition is one of any form, about few texts.
func randomCondition(r *rand.Rand, depth int) Condition {
	if depth == 0 || r.IntN(4) == 0 {
		return randomAtom(r)
	}
	parts := make([]Condition, 1+r.IntN(4))
	for i := range parts {
		parts[i] = randomCondition(r, depth-1)
	}
	switch r.IntN(12) {
	case 0:
		return Any()
	case 1:
		return Never()
	case 2, 3, 4, 5, 6:
		return All(parts...)
	default:
		return Either(parts...)
	}
}

func texts() []string {
	return []string{"", "/", "/etc/", "/etc/passwd", "/etc/passwd-", "passwd", "nginx", "sh", "/bin/sh", "1234567890123456", "c1", "é", "\xff"}
}

func randomAtom(r *rand.Rand) Condition {
	places := []Place{
		arg("pathname"), arg("pathname"), arg("pathname"), arg("new_path"),
		{Source: ProcessName},
		{Source: ProcessName},
		{Source: Executable},
		{Source: ContainerID},
		{Source: Element, Name: "argv"},
		{Source: Element, Name: "pathname"},
	}
	return Is(Atom{places[r.IntN(len(places))], Op(r.IntN(5)), texts()[r.IntN(len(texts()))]})
}

// randomEvent is one that a kernel could send, mostly.
func randomEvent(r *rand.Rand) *event.Event {
	all := texts()
	text := func() string { return all[r.IntN(len(all))] + []string{"", "", "x"}[r.IntN(3)] }
	e := &event.Event{
		Shape: &event.Shape{Name: "openat", Args: []event.ArgSpec{
			{Name: "pathname", Type: "x"}, {Name: "new_path", Type: "x"}, {Name: "argv", Type: "x"},
		}},
		Values:  []event.Value{event.String(text()), event.String(text()), event.Strings([]string{text(), text()})},
		Context: &event.Context{ProcessName: text(), Executable: text(), UID: uint32(r.IntN(2))},
	}
	if r.IntN(2) == 0 {
		e.Context.Container.ID, e.Context.ContainerStarted = "c1", r.IntN(2) == 0
	}
	switch r.IntN(12) {
	case 0:
		e.Values[0] = event.Value{}
	case 1:
		e.Values[0] = event.Strings([]string{text()})
	case 2:
		e.Shape.Args[1].Name = "pathname"
	case 3:
		e.Values[0] = event.Bytes(text())
	}
	return e
}

// meets is what a condition means: what an event shows to signatures is
// compared, invalid bytes as U+FFFD. Of two arguments of a name either counts.
func meets(c Condition, e *event.Event) bool {
	switch c.kind {
	case kindNever:
		return false
	case kindAll:
		return !slices.ContainsFunc(c.parts, func(p Condition) bool { return !meets(p, e) })
	case kindEither:
		return slices.ContainsFunc(c.parts, func(p Condition) bool { return meets(p, e) })
	case kindAtom:
		return slices.ContainsFunc(textsAt(c.atom.Place, e), func(text string) bool {
			text = strings.ToValidUTF8(text, "\ufffd")
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
		})
	default:
		return true
	}
}

func textsAt(at Place, e *event.Event) []string {
	switch at.Source {
	case ProcessName:
		return []string{e.Context.ProcessName}
	case Executable:
		return []string{e.Context.Executable}
	case ContainerID:
		return []string{e.Context.Container.ID}
	}
	var found []string
	for i, a := range e.Shape.Args {
		switch v := e.Values[i]; {
		case a.Name != at.Name:
		case at.Source == Element && v.Kind() == event.KindStrings:
			found = append(found, v.List()...)
		case at.Source == Arg && v.Kind() == event.KindString:
			found = append(found, v.Text())
		}
	}
	return found
}

// overlooked looks for an event that a condition holds for and that scopes which
// were derived from it leave out. It returns what it found, and how many events
// were left out.
func overlooked(derive func(Condition) []interest.Scope, tries int) (found string, left, held int) {
	r := rand.New(rand.NewPCG(11, uint64(tries)))
	for range tries {
		c := randomCondition(r, 3)
		scopes := derive(c)
		gate := NewGate("pathname", scopes, interest.Everything())
		var wanted interest.Interest
		if len(scopes) > 0 {
			wanted = interest.New(interest.Event{Name: "openat", Scopes: scopes})
		}
		for range 8 {
			e := randomEvent(r)
			f, odd := factsOf(e, "pathname")
			// No kernel sends such an event, or has a longer name.
			admitted := wanted.Admits(f) || odd || len(f.Comm) > interest.MaxComm
			if !gate.Admits(e) {
				left++
			} else if !admitted {
				return fmt.Sprintf("the gate of %v admits what the interest does not: %s", scopes, event.AppendJSON(nil, e)), left, held
			}
			if !meets(c, e) {
				continue
			}
			if held++; !gate.Admits(e) || !admitted {
				return fmt.Sprintf("%+v holds, and %v does not: %s", c, scopes, event.AppendJSON(nil, e)), left, held
			}
		}
	}
	return "", left, held
}

// No event that a condition holds for is left out.
func TestScopesLeaveNothingOut(t *testing.T) {
	found, left, held := overlooked(func(c Condition) []interest.Scope { return Scopes(c, "pathname") }, 60_000)
	if found != "" {
		t.Error(found)
	}
	t.Logf("%d events left out, %d that a condition holds for", left, held)
	if left < 10_000 || held < 10_000 {
		t.Errorf("%d events left out, %d that a condition holds for: too few to tell anything", left, held)
	}
}

// The mutants are derivations with one mistake each.
type (
	suffixes   struct{ pushdown }
	insides    struct{ pushdown }
	anyArg     struct{ pushdown }
	elements   struct{ pushdown }
	beginnings struct{ pushdown }
	programs   struct{ pushdown }
	hosts      struct{ pushdown }
	firstOnly  struct{ pushdown }
	fewest     struct{ pushdown }
	conjoined  struct{ pushdown }
	emptied    struct{ pushdown }
)

func (m suffixes) Atom(a Atom) []interest.Scope {
	if a.Op == Suffix {
		a.Op = Prefix
	}
	return m.pushdown.Atom(a)
}

func (m insides) Atom(a Atom) []interest.Scope {
	if a.Op == Contains || a.Op == ContainsFold {
		a.Op = Prefix
	}
	return m.pushdown.Atom(a)
}

func (m anyArg) Atom(a Atom) []interest.Scope {
	if a.Place.Source == Arg {
		a.Place.Name = m.pathArg
	}
	return m.pushdown.Atom(a)
}

func (m elements) Atom(a Atom) []interest.Scope {
	if a.Place.Source == Element {
		a.Place = arg(m.pathArg)
	}
	return m.pushdown.Atom(a)
}

func (m beginnings) Atom(a Atom) []interest.Scope {
	if a.Place.Source == ProcessName {
		a.Op = Equal
	}
	return m.pushdown.Atom(a)
}

func (m programs) Atom(a Atom) []interest.Scope {
	if a.Place.Source == Executable {
		a.Place.Source = ProcessName
	}
	return m.pushdown.Atom(a)
}

func (m hosts) Atom(a Atom) []interest.Scope {
	if a.Place.Source == ContainerID {
		return []interest.Scope{{Origin: interest.OriginContainer}}
	}
	return m.pushdown.Atom(a)
}

func (m firstOnly) Either(parts [][]interest.Scope) []interest.Scope {
	return m.pushdown.Either(parts[:len(parts)-1])
}

func (m fewest) Either(parts [][]interest.Scope) []interest.Scope {
	return slices.MinFunc(parts, func(a, b []interest.Scope) int { return len(a) - len(b) })
}

func (m conjoined) Either(parts [][]interest.Scope) []interest.Scope { return m.All(parts) }

func (emptied) Any() []interest.Scope { return nil }

// The property above is worth something: each mistake in the derivation breaks
// it.
func TestBrokenDerivationsAreFound(t *testing.T) {
	right := pushdown{"pathname"}
	for name, broken := range map[string]Algebra[[]interest.Scope]{
		"an end is taken for a beginning":       suffixes{right},
		"a part is taken for a beginning":       insides{right},
		"any argument is taken for the path":    anyArg{right},
		"an element is taken for the path":      elements{right},
		"part of a name is taken for a name":    beginnings{right},
		"the program is taken for the name":     programs{right},
		"no container is taken for one":         hosts{right},
		"an alternative is left out":            firstOnly{right},
		"an alternative is taken for all":       fewest{right},
		"alternatives are taken for conditions": conjoined{right},
		"anything is taken for nothing":         emptied{right},
	} {
		t.Run(name, func(t *testing.T) {
			found, _, _ := overlooked(func(c Condition) []interest.Scope { return Fold(c, broken) }, 60_000)
			if found == "" {
				t.Error("nothing was found")
			}
		})
	}
}

func FuzzScopes(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Fuzz(func(t *testing.T, a, b uint64) {
		r := rand.New(rand.NewPCG(a, b))
		c := randomCondition(r, 5)
		scopes := Scopes(c, "pathname")
		gate := NewGate("pathname", scopes, interest.Everything())
		if len(scopes) > maxScopes {
			t.Errorf("%d scopes", len(scopes))
		}
		for range 50 {
			if e := randomEvent(r); meets(c, e) && !gate.Admits(e) {
				t.Fatalf("%+v holds, and %v does not: %s", c, scopes, event.AppendJSON(nil, e))
			}
		}
	})
}
