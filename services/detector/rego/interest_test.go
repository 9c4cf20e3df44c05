package rego

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"testing/fstest"
	"time"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/services/detector/correlate"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/golang"
	"github.com/weirsec/weir/services/detector/prefilter"
	"github.com/weirsec/weir/signatures/sdk"
)

// rememberer is a signature in Go that depends on everything that it saw: it
// keeps state, fails now and then, and reports on a signal.
type rememberer struct {
	id    string
	where *sdk.Where
}

func (s rememberer) Metadata() sdk.Metadata {
	return sdk.Metadata{ID: s.id, Version: "1", EventName: "found"}
}

func (s rememberer) Selectors() []sdk.Selector {
	return []sdk.Selector{{Source: sdk.Source, Name: "openat", Where: s.where}, {Source: sdk.Source, Name: "found"}}
}

func (rememberer) State() []sdk.StateSpec {
	return []sdk.StateSpec{{Name: "seen", TTL: 50 * time.Millisecond, MaxEntries: 3}}
}

func (s rememberer) OnEvent(c *sdk.Context, e *event.Event) error {
	key := fmt.Sprint(e.Context.ProcessEntityID)
	last, _ := c.State("seen").Get(key)
	n, _ := strconv.Atoi(last)
	c.State("seen").Put(key, strconv.Itoa(n+1))
	if n%3 == 2 {
		c.Report(map[string]any{"seen": n, "at": e.ID()})
	}
	if n%4 == 1 {
		return errors.New("written for a test")
	}
	return nil
}

func (s rememberer) OnSignal(c *sdk.Context, _ sdk.Signal) error {
	n, _ := c.State("seen").Get("1")
	c.Report(map[string]any{"seen": n})
	return nil
}

// randomSet is signatures of all kinds: in Rego alone and correlated, in Go, and
// such as look at the findings of others. Some are taken out for their failures,
// which sets remember: each call of the function makes another one.
func randomSet(t *testing.T, r *rand.Rand) func() *engine.Set {
	t.Helper()
	files := fstest.MapFS{}
	for i := range 5 {
		id := fmt.Sprint(i)
		files[id+".rego"] = &fstest.MapFile{Data: []byte(fileAuthor{r}.signature(id))}
	}
	programs, _ := NewLoader(Options{}).Load(t.Context(), files, "")
	for i, p := range programs {
		if r.IntN(3) > 0 {
			continue
		}
		c := sdk.Correlation{Type: sdk.EventCount, Timespan: time.Second, GroupBy: []string{"processName"}, Condition: sdk.Condition{AtLeast: 2}}
		wrapped, err := correlate.New(p, c)
		if err != nil {
			t.Fatal(err)
		}
		programs[i] = wrapped
	}
	// Without it, all openat are wanted.
	where := &sdk.Where{Paths: []string{"/etc/"}}
	if r.IntN(2) == 0 {
		where = &sdk.Where{Comms: []string{"cat", "nginx"}, UIDs: []uint32{uint32(r.IntN(2))}}
	}
	programs = append(programs, golang.New(rememberer{"go", where}))
	// What takes long does so by chance.
	limits := engine.Limits{ErrorMinimum: 4 + r.IntN(60), ErrorWindow: 64, ErrorShare: 0.2, Cost: time.Hour}
	return func() *engine.Set { return engine.NewSet(programs, limits) }
}

// account is what a set told of a stream: findings, faults and quarantines, as
// the stages behind it see them.
func account(t *testing.T, set *engine.Set, events []*event.Event, keep func(*event.Event) bool) (told []string, left, found int) {
	t.Helper()
	e := set.Evaluator()
	note := func(matches []engine.Match, faults []engine.Fault) {
		for _, m := range matches {
			data, err := json.Marshal(m.Data)
			if err != nil {
				t.Fatal(err)
			}
			told = append(told, fmt.Sprintf("%s@%s on %s (%s): %s %v %d", m.Signature.Metadata.ID, m.Version(), m.Event.ID(), m.Event.Name(),
				data, m.Events, m.WindowStart))
		}
		for _, f := range faults {
			if f.Event == nil {
				// A signal before any event.
				f.Event = &event.Event{Context: &event.Context{}}
			}
			// Two rules that give different values are told of in one of two ways
			// by topdown, as it happens to look at them.
			told = append(told, fmt.Sprintf("%s failed on %s: %s %v", f.Signature.Metadata.ID, f.Event.ID(), f.Kind, f.Quarantined))
		}
		found += len(matches)
	}
	for _, ev := range events {
		if !keep(ev) {
			left++
			continue
		}
		note(e.Evaluate(t.Context(), ev))
	}
	note(e.Signal(t.Context(), sdk.Signal{Source: sdk.Source, Kind: sdk.SourceComplete}))
	return append(told, fmt.Sprintf("%x", e.Snapshot())), left, found
}

// admits reports whether an interest wants an event.
func admits(wanted interest.Interest, e *event.Event) bool {
	pathArg, _ := interest.PathArg(e.Name())
	return wanted.Admits(prefilter.FactsOf(e, pathArg))
}

// checkInterest compares a whole stream with what an interest leaves of it, and
// looks at each event that it leaves out alone. It returns what differs.
func checkInterest(t *testing.T, set func() *engine.Set, wanted interest.Interest, events []*event.Event) (difference string, left, found int) {
	t.Helper()
	all, _, found := account(t, set(), events, func(*event.Event) bool { return true })
	some, left, _ := account(t, set(), events, func(e *event.Event) bool { return admits(wanted, e) })
	for i := range max(len(all), len(some)) {
		if i >= len(all) || i >= len(some) || all[i] != some[i] {
			return fmt.Sprintf("with all events: %s\nwith those that are wanted: %s", line(all, i), line(some, i)), left, found
		}
	}
	alone := set().Evaluator()
	for _, e := range events {
		if admits(wanted, e) {
			continue
		}
		if matches, faults := alone.Evaluate(t.Context(), e); len(matches)+len(faults) > 0 {
			return fmt.Sprintf("%d findings, %d faults on an event that nobody wants: %s", len(matches), len(faults), event.AppendJSON(nil, e)), left, found
		}
	}
	return "", left, found
}

func line(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return "nothing more"
}

// Random signatures find the same in a whole stream and in what their interest
// leaves of it; an event that it does not admit gives no finding.
func TestInterestChangesNoFinding(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	events, left, found := 0, 0, 0
	for n := range comparisons(t, 6_000) / 100 {
		set := randomSet(t, r)
		stream := fileEvents(r, 200)
		wanted := set().Interest()
		difference, out, matches := checkInterest(t, set, wanted, stream)
		if difference != "" {
			t.Fatalf("set %d, which wants %v: %s", n, wanted, difference)
		}
		events, left, found = events+len(stream), left+out, found+matches
	}
	t.Logf("%d events, %d left out, %d findings", events, left, found)
	if left < events/10 || found < events/100 {
		t.Errorf("%d of %d events left out, %d findings: too few to tell anything", left, events, found)
	}
}

// The comparison is worth something: interests that leave out a little too much
// are found.
func TestInterestsThatLeaveOutTooMuchAreFound(t *testing.T) {
	each := func(change func(s *interest.Scope)) func(interest.Interest) interest.Interest {
		return func(i interest.Interest) interest.Interest {
			var events []interest.Event
			for _, e := range i.Events {
				scopes := e.Scopes
				if len(scopes) == 0 {
					scopes = interest.Everything()
				}
				var changed []interest.Scope
				for _, s := range scopes {
					change(&s)
					changed = append(changed, s)
				}
				events = append(events, interest.Event{Name: e.Name, Scopes: changed})
			}
			return interest.New(events...)
		}
	}
	for name, narrower := range map[string]func(interest.Interest) interest.Interest{
		"longer paths": each(func(s *interest.Scope) {
			for n := range s.Paths {
				s.Paths[n] += "x"
			}
		}),
		"containers only": each(func(s *interest.Scope) { s.Origin = interest.OriginContainer }),
		"root only":       each(func(s *interest.Scope) { s.UIDs = []uint32{0} }),
		"cat only":        each(func(s *interest.Scope) { s.Comms = []string{"cat"} }),
		"without the first event": func(i interest.Interest) interest.Interest {
			return interest.New(i.Events[min(1, len(i.Events)):]...)
		},
		"without the last scopes": func(i interest.Interest) interest.Interest {
			var events []interest.Event
			for _, e := range i.Events {
				if n := len(e.Scopes); n > 1 {
					e.Scopes = e.Scopes[:n-1]
				}
				events = append(events, e)
			}
			return interest.New(events...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(15, 16))
			for range 40 {
				set := randomSet(t, r)
				if difference, _, _ := checkInterest(t, set, narrower(clone(t, set().Interest())), fileEvents(r, 200)); difference != "" {
					return
				}
			}
			t.Error("nothing was found")
		})
	}
}

// clone copies an interest by way of its JSON.
func clone(t *testing.T, i interest.Interest) interest.Interest {
	t.Helper()
	text, err := i.Encode()
	if err != nil {
		t.Fatal(err)
	}
	read, err := interest.Parse(text)
	if err != nil || !read.Equal(i) {
		t.Fatalf("%s: %v", text, err)
	}
	return read
}

func FuzzInterest(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Fuzz(func(t *testing.T, a, b uint64) {
		r := rand.New(rand.NewPCG(a, b))
		set := randomSet(t, r)
		wanted := set().Interest()
		if difference, _, _ := checkInterest(t, set, wanted, fileEvents(r, 100)); difference != "" {
			t.Errorf("%v: %s", wanted, difference)
		}
	})
}
