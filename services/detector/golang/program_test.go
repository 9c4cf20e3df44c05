package golang

import (
	"errors"
	"testing"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/signatures/sdk"
)

// sample is a signature as an author writes it.
type sample struct{ version string }

var errSample = errors.New("no such argument")

func (s sample) Metadata() sdk.Metadata {
	return sdk.Metadata{ID: "sample", Version: s.version, Properties: map[string]any{"Severity": 2, "a": 1, "b": 2}}
}

func (sample) Selectors() []sdk.Selector { return []sdk.Selector{{Source: sdk.Source, Name: "openat"}} }

func (sample) OnEvent(c *sdk.Context, e *event.Event) error {
	path, ok := e.String("pathname")
	if !ok {
		return errSample
	}
	if path == "/etc/passwd" {
		c.Report(map[string]any{"path": path})
	}
	return nil
}

func TestProgram(t *testing.T) {
	set := engine.NewSet([]engine.Program{New(sample{"1"})}, engine.Limits{})
	evaluator := set.Evaluator()
	cases := []struct {
		name, text    string
		matches, errs int
	}{
		{"match", `{"eventName":"openat","args":[{"name":"pathname","type":"string","value":"/etc/passwd"}]}`, 1, 0},
		{"no match", `{"eventName":"openat","args":[{"name":"pathname","type":"string","value":"/"}]}`, 0, 0},
		{"error", `{"eventName":"openat","args":[]}`, 0, 1},
		{"not selected", `{"eventName":"close","args":[]}`, 0, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			e, err := event.ParseJSON([]byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			matches, faults := evaluator.Evaluate(t.Context(), e)
			if len(matches) != c.matches || len(faults) != c.errs {
				t.Fatalf("%d matches, %d faults", len(matches), len(faults))
			}
			if c.matches > 0 && matches[0].Data["path"] != "/etc/passwd" {
				t.Errorf("data %v", matches[0].Data)
			}
			if c.errs > 0 && !errors.Is(faults[0].Err, errSample) {
				t.Errorf("fault %v", faults[0].Err)
			}
		})
	}
}

func TestDescription(t *testing.T) {
	p := New(&sample{"1"})
	if got, want := p.Source(), "go:github.com/weirsec/weir/services/detector/golang.sample"; got != want {
		t.Errorf("source %q, want %q", got, want)
	}
	if p.Digest() != New(&sample{"1"}).Digest() || p.Digest() != New(sample{"1"}).Digest() {
		t.Error("the digest of one signature differs")
	}
	if p.Digest() == New(&sample{"2"}).Digest() {
		t.Error("the digest does not depend on the version")
	}
}

// narrow is a signature whose selector is narrowed.
type narrow struct {
	sample
	where *sdk.Where
}

func (n narrow) Selectors() []sdk.Selector {
	return []sdk.Selector{{Source: sdk.Source, Name: "openat", Where: n.where}}
}

// What a selector is narrowed to is content, and where it lies in memory is not.
func TestDigestOfNarrowedSelectors(t *testing.T) {
	digest := func(w *sdk.Where) string { return New(narrow{sample{"1"}, w}).Digest() }
	seen := map[string]int{}
	for i, w := range []*sdk.Where{
		nil,
		{Paths: []string{"/a"}},
		{Paths: []string{"/a", "/b", "/c", "/d"}},
		{Paths: []string{"/a", "/b", "/c", "/e"}},
		{Comms: []string{"/a"}},
		{UIDs: []uint32{1}},
		{UIDs: []uint32{1, 2}},
	} {
		again := w
		if w != nil {
			copied := *w
			again = &copied
		}
		if digest(w) != digest(again) {
			t.Errorf("%v: two digests of one signature", w)
		}
		if other, there := seen[digest(w)]; there {
			t.Errorf("%d and %d have one digest", i, other)
		}
		seen[digest(w)] = i
	}
}

// asking is a signature that says what it asks.
type asking struct{ sample }

func (asking) DataSources() []string { return []string{"tracee/dns"} }

func TestAsks(t *testing.T) {
	for _, c := range []struct {
		s    sdk.Signature
		id   string
		want bool
	}{{asking{}, "dns", true}, {asking{}, "containers", false}, {sample{}, "dns", false}} {
		if got := New(c.s).(engine.Asking).Asks("tracee", c.id); got != c.want {
			t.Errorf("%T asks %s: %v", c.s, c.id, got)
		}
	}
	set := engine.NewSet([]engine.Program{New(asking{})}, engine.Limits{})
	if _, recorded := set.Interest().Find(event.NamesFrom); !recorded {
		t.Errorf("wants %v", set.Interest())
	}
}
