package detection

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/finding"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/golang"
	"github.com/weirsec/weir/signatures/sdk"
)

var update = flag.Bool("update", false, "write the golden files again")

// signature is one in Go whose parts are to choose.
type signature struct {
	id, eventName, selects string
	onEvent                func(c *sdk.Context, e *event.Event) error
}

func (s signature) Metadata() sdk.Metadata {
	return sdk.Metadata{
		ID: s.id, Version: "1.2.0", Name: "The " + s.id, EventName: s.eventName, Description: "Told by " + s.id + ".",
		Tags: []string{"t"}, Properties: map[string]any{"Severity": 3},
	}
}

func (s signature) Selectors() []sdk.Selector {
	return []sdk.Selector{{Source: sdk.Source, Name: s.selects}}
}

func (s signature) OnEvent(c *sdk.Context, e *event.Event) error { return s.onEvent(c, e) }

// golden compares a finding with a file and with the published schema.
func golden(t *testing.T, name string, d finding.Detection) {
	t.Helper()
	valid(t, d)
	text, err := json.MarshalIndent(d.Finding, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	file := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text, want) {
		t.Errorf("%s is not as in %s; if it is right, run the test with -update:\n%s", name, file, text)
	}
}

// What comes of one event: a finding, one about that finding, and the engine's
// own about a signature that it takes out.
func TestGoldenChain(t *testing.T) {
	set := engine.NewSet([]engine.Program{
		golang.New(signature{"first", "passwd_opened", "openat", func(c *sdk.Context, e *event.Event) error {
			path, _ := e.String("pathname")
			c.Report(map[string]any{"path": path, "times": 2})
			return nil
		}}),
		golang.New(signature{"second", "twice", "passwd_opened", func(c *sdk.Context, e *event.Event) error {
			times, _ := e.Int("times")
			c.Report(map[string]any{"times": times})
			return nil
		}}),
		golang.New(signature{"third", "never", "openat", func(*sdk.Context, *event.Event) error { panic("surprise") }}),
	}, engine.Limits{Strikes: 1})
	e := sample()
	matches, _ := set.Evaluator().Evaluate(t.Context(), e)
	names := []string{"finding", "quarantine", "finding_of_finding"}
	if len(matches) != len(names) {
		t.Fatalf("%d matches", len(matches))
	}
	seen := map[string]bool{}
	for i, m := range matches {
		d := Build(e, m, Circumstances{SetVersion: "v", Made: time.Unix(1700000001, 0)})
		golden(t, names[i], d)
		if seen[d.ID] || d.Sequence != 7 || len(d.Finding.Events) != 1 || d.Finding.Events[0] != "node.1/boot/7" {
			t.Errorf("%s: id %s, sequence %d, events %q", names[i], d.ID, d.Sequence, d.Finding.Events)
		}
		seen[d.ID] = true
	}
}
