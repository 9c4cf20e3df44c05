package signatures_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/weirsec/weir/internal/conformance"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/golang"
	"github.com/weirsec/weir/services/detector/load"
	"github.com/weirsec/weir/services/detector/prefilter"
	"github.com/weirsec/weir/signatures"
	"github.com/weirsec/weir/signatures/sdk"
)

// recorded are the events of all recorded cases.
func recorded(t *testing.T) []*event.Event {
	t.Helper()
	var events []*event.Event
	for _, pattern := range []string{"tracee/rego-signatures/*/*/*.json", "tracee/go-signatures/*/*/*.json"} {
		for _, file := range conformance.Files(t, pattern) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var c struct {
				Events []json.RawMessage `json:"events"`
			}
			if err := json.Unmarshal(text, &c); err != nil {
				t.Fatal(err)
			}
			for _, raw := range c.Events {
				e, err := event.ParseJSON(raw)
				if err != nil {
					t.Fatal(err)
				}
				events = append(events, e)
			}
		}
	}
	if len(events) < 100 {
		t.Fatalf("only %d recorded events", len(events))
	}
	return events
}

// disturbed is a recorded event that is changed in a few places, still one that a
// kernel could send.
func disturbed(r *rand.Rand, events []*event.Event, n int) *event.Event {
	e, other := events[r.IntN(len(events))], events[r.IntN(len(events))]
	changed, c := *e, *e.Context
	changed.Context, changed.Values = &c, slices.Clone(e.Values)
	changed.Seq, changed.Time = uint64(n), int64(n)*1_000_000
	c.ProcessName = c.ProcessName[:min(len(c.ProcessName), interest.MaxComm)]
	for range r.IntN(3) {
		switch r.IntN(6) {
		case 0:
			c.ProcessName = other.Context.ProcessName[:min(len(other.Context.ProcessName), interest.MaxComm)]
		case 1:
			c.Container, c.ContainerStarted = other.Context.Container, other.Context.ContainerStarted
		case 2:
			c.UID = uint32(r.IntN(2))
		default:
			for i, arg := range e.Shape.Args {
				if v, ok := other.Arg(arg.Name); ok && i < len(changed.Values) {
					changed.Values[i] = v
				}
				if v := changed.Values[i]; v.Kind() == event.KindString && r.IntN(8) == 0 {
					changed.Values[i] = event.String([]string{v.Text() + ".x", "/etc" + v.Text(), "\xff" + v.Text(), v.Text()[:len(v.Text())/2]}[r.IntN(4)])
				}
			}
		}
	}
	return &changed
}

// wide is a signature whose selectors are not narrowed.
type wide struct{ everywhere }

func (w wide) Selectors() []sdk.Selector {
	selectors := slices.Clone(w.Signature.Selectors())
	for i := range selectors {
		selectors[i].Where = nil
	}
	return selectors
}

// findingsOf are those of a stream, as far as it is kept.
func findingsOf(t *testing.T, set *engine.Set, events []*event.Event, keep func(*event.Event) bool) (found []string, left int) {
	t.Helper()
	evaluator := set.Evaluator()
	for _, e := range events {
		if !keep(e) {
			left++
			continue
		}
		matches, faults := evaluator.Evaluate(t.Context(), e)
		for _, m := range matches {
			found = append(found, fmt.Sprintf("%d %s %v", m.Event.Seq, m.Signature.Metadata.ID, m.Data))
		}
		for _, f := range faults {
			t.Errorf("%s: %v", f.Signature.Metadata.ID, f.Err)
		}
	}
	return found, left
}

// What is shipped finds the same in recorded events, changed in a few places, as
// in those that its interest leaves of them: alone, all together, and in each
// pack. What the selectors are narrowed to changes nothing either.
func TestInterestOfShipped(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	all := recorded(t)
	events := make([]*event.Event, 20_000)
	for i := range events {
		events[i] = disturbed(r, all, i+1)
	}
	everything := func(*event.Event) bool { return true }
	check := func(t *testing.T, set *engine.Set) (want []string, left int) {
		t.Helper()
		wanted := set.Interest()
		want, _ = findingsOf(t, set, events, everything)
		got, left := findingsOf(t, set, events, func(e *event.Event) bool {
			pathArg, _ := interest.PathArg(e.Name())
			return wanted.Admits(prefilter.FactsOf(e, pathArg))
		})
		for i := range max(len(want), len(got)) {
			if i >= len(want) || i >= len(got) || want[i] != got[i] {
				t.Fatalf("finding %d of %d is not there, or another, where %v: %d findings", i, len(want), wanted, len(got))
			}
		}
		return want, left
	}
	programs, _ := load.Shipped(t.Context(), 0)
	wideOpen, matched, out := []engine.Program{}, 0, 0
	for _, p := range programs {
		set := engine.NewSet([]engine.Program{p}, engine.Limits{})
		want, left := check(t, set)
		if len(want) > 0 {
			matched++
		}
		out += left
		if tier, _ := set.Signatures()[0].Tier(); tier != "go" {
			wideOpen = append(wideOpen, p)
		}
	}
	for _, s := range signatures.Go() {
		wideOpen = append(wideOpen, golang.New(wide{everywhere{s}}))
	}
	together, left := check(t, engine.NewSet(programs, engine.Limits{}))
	if got, _ := findingsOf(t, engine.NewSet(wideOpen, engine.Limits{}), events, everything); !slices.Equal(got, together) {
		t.Errorf("%d findings where no selector is narrowed, %d where they are", len(got), len(together))
	}
	for _, pack := range signatures.Packs() {
		set, _, err := load.Load(t.Context(), load.Request{Pack: pack.Name})
		if err != nil {
			t.Fatal(err)
		}
		_, left := check(t, set)
		t.Logf("%s: %d of %d events left out; it wants %v", pack.Name, left, len(events), set.Interest())
	}
	t.Logf("%d signatures, %d of which match; %d findings; alone they leave out %d events of %d each, all of them %d",
		len(programs), matched, len(together), out/len(programs), len(events), left)
	if matched < len(programs)-3 || len(together) < 1000 || left == 0 {
		t.Error("too little matches, or is left out, to tell anything")
	}
}
