package golang

import (
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/signatures/sdk"
)

// counter counts opened files by container, tells every second one, and the
// number of all when the stream ends.
type counter struct {
	sample
	ttl time.Duration
}

func (c counter) State() []sdk.StateSpec { return []sdk.StateSpec{{Name: "opens", TTL: c.ttl}} }

func (counter) OnEvent(c *sdk.Context, e *event.Event) error {
	opens := c.State("opens")
	before, _ := opens.Get(e.Context.Container.ID)
	opens.Put(e.Context.Container.ID, before+"|")
	if len(before)%2 == 1 {
		c.Report(map[string]any{"opens": before + "|"})
	}
	return nil
}

func (counter) OnSignal(c *sdk.Context, s sdk.Signal) error {
	if c.State("other") != nil {
		panic("a store that nobody declared")
	}
	all, _ := c.State("opens").Get("")
	c.Report(map[string]any{"all": all, "signal": string(s.Kind)})
	return nil
}

func TestStateAndSignals(t *testing.T) {
	set := engine.NewSet([]engine.Program{New(counter{sample{"1"}, time.Hour})}, engine.Limits{})
	if len(set.Rejected()) > 0 {
		t.Fatal(set.Rejected())
	}
	if tier, reason := set.Signatures()[0].Tier(); tier != "go" || reason != "" {
		t.Errorf("tier %q because of %q", tier, reason)
	}
	e := set.Evaluator()
	open, err := event.ParseJSON([]byte(`{"eventName":"openat"}`))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{0, 1, 0} {
		if matches, faults := e.Evaluate(t.Context(), open); len(matches) != want || len(faults) > 0 {
			t.Errorf("event %d: %d matches, %v", i, len(matches), faults)
		}
	}
	matches, faults := e.Signal(t.Context(), sdk.Signal{Kind: sdk.SourceComplete, Source: sdk.Source})
	if len(matches) != 1 || len(faults) > 0 || matches[0].Data["all"] != "|||" || matches[0].Data["signal"] != "source_complete" {
		t.Errorf("on the signal: %+v, %+v", matches, faults)
	}
}

// nameless panics when it is asked for its name.
type nameless struct{ sample }

func (nameless) Metadata() sdk.Metadata { panic("no name") }

func TestSignaturesThatDoNotLoad(t *testing.T) {
	for name, c := range map[string]struct {
		signature sdk.Signature
		want      string
	}{
		"no TTL":          {counter{sample{"1"}, 0}, `the TTL of the store "opens" must be positive`},
		"panics":          {nameless{}, "panics when it is asked what it is: no name"},
		"nothing at all":  {nil, "panics when it is asked what it is"},
		"a pointer to it": {&nameless{}, "no name"},
	} {
		t.Run(name, func(t *testing.T) {
			set := engine.NewSet([]engine.Program{New(c.signature), New(sample{"1"})}, engine.Limits{})
			if len(set.Signatures()) != 1 || len(set.Rejected()) != 1 {
				t.Fatalf("%d loaded, rejected: %+v", len(set.Signatures()), set.Rejected())
			}
			r := set.Rejected()[0]
			if !strings.Contains(r.Err.Error(), c.want) || !strings.HasPrefix(r.Source, "go:") {
				t.Errorf("%s: %v", r.Source, r.Err)
			}
		})
	}
}

// What a signature declares to remember is part of its content.
func TestDigestHoldsState(t *testing.T) {
	if New(counter{sample{"1"}, 1}).Digest() == New(counter{sample{"1"}, 2}).Digest() {
		t.Error("the digest does not depend on the declared state")
	}
}
