package engine

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

// library is data sources that note what they learn.
type library struct {
	asked bool
	times []int64
	from  Bound
}

func (l *library) Bind(func() *event.Event) Bound { return &library{} }

func (l *library) DataSource(string, string) (sdk.DataSource, bool) {
	l.asked = true
	return nil, false
}

func (l *library) Learning() bool       { return l.asked }
func (l *library) Learn(e *event.Event) { l.times = append(l.times, e.Time) }
func (l *library) Inherit(old Bound)    { l.from = old }

// curious is a signature that asks for a data source when it begins, or not
// before its first event.
type curious struct {
	*written
	late bool
}

func (c curious) NewInstance(func(Report)) Instance { return &curiousInstance{late: c.late} }

type curiousInstance struct {
	host sdk.Host
	late bool
}

func (i *curiousInstance) UseHost(h sdk.Host) {
	if i.host = h; !i.late {
		h.DataSource("tracee", "dns")
	}
}

func (i *curiousInstance) Evaluate(_ context.Context, in *Input) error {
	i.host.DataSource("tracee", "dns")
	return nil
}

// bind returns the sources that an evaluator has.
func bind(t testing.TB, e *Evaluator) *library {
	t.Helper()
	l, ok := e.sources.(*library)
	if !ok {
		t.Fatal("no sources")
	}
	return l
}

// Sources learn from every event once a signature has asked for one: also from
// those that no signature selects, and before the event is evaluated.
func TestSourcesLearn(t *testing.T) {
	for name, c := range map[string]struct {
		program Program
		want    []int64
	}{
		"nobody asks":    {always("A", onOpenat()), nil},
		"from the start": {curious{always("A", onOpenat()), false}, []int64{1, 2, 3}},
		"later":          {curious{always("A", onOpenat()), true}, []int64{3}},
	} {
		e := NewSet([]Program{c.program}, Limits{}, WithSources(&library{})).Evaluator()
		for i, event := range []string{"close", "openat", "close"} {
			ev := newEvent(event, "host")
			ev.Time = int64(i + 1)
			e.Evaluate(t.Context(), ev)
		}
		if got := bind(t, e).times; !slices.Equal(got, c.want) {
			t.Errorf("%s: learnt of %v, want %v", name, got, c.want)
		}
	}
}

// The evaluator of another set takes over what was learnt, where it is wanted.
func TestSourcesInherit(t *testing.T) {
	asks := NewSet([]Program{curious{always("A", onOpenat()), false}}, Limits{}, WithSources(&library{}))
	old := asks.Evaluator()
	if next := asks.Successor(old); bind(t, next).from != old.sources {
		t.Error("it begins anew")
	}
	silent := NewSet(programs(always("B", onOpenat())), Limits{}, WithSources(&library{}))
	if next := silent.Successor(old); bind(t, next).from != nil {
		t.Error("what nobody wants is taken over")
	}
	bare := NewSet(programs(always("B", onOpenat())), Limits{})
	if next := asks.Successor(bare.Evaluator()); bind(t, next).from != nil {
		t.Error("something is taken over from nobody")
	}
}

// BenchmarkSources evaluates an event that no signature selects: without data
// sources, with such that nobody asks, and with such that learn nothing.
func BenchmarkSources(b *testing.B) {
	for _, c := range []struct {
		name    string
		program Program
		options []Option
	}{
		{"none", always("A", onOpenat()), nil},
		{"not asked", always("A", onOpenat()), []Option{WithSources(idle{})}},
		{"asked", curious{always("A", onOpenat()), false}, []Option{WithSources(idle{})}},
	} {
		b.Run(fmt.Sprint("sources=", c.name), func(b *testing.B) {
			e := NewSet([]Program{c.program}, Limits{}, c.options...).Evaluator()
			ev := newEvent("close", "host")
			b.ReportAllocs()
			for b.Loop() {
				e.Evaluate(b.Context(), ev)
			}
		})
	}
}

// idle is a library that keeps nothing.
type idle struct{ library }

func (idle) Bind(func() *event.Event) Bound { return &idle{} }
func (*idle) Learn(*event.Event)            {}
