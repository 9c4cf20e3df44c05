package signatures_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/weirsec/weir/internal/conformance"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/golang"
	"github.com/weirsec/weir/signatures"
	"github.com/weirsec/weir/signatures/sdk"
)

// parityInGo are the signatures of Tracee that are written in Go, by id.
func parityInGo() map[string]sdk.Signature {
	found := map[string]sdk.Signature{}
	for _, s := range signatures.Go() {
		if id := s.Metadata().ID; strings.HasPrefix(id, "TRC-") {
			found[id] = s
		}
	}
	return found
}

// recordedInGo are the recorded cases of one of them, of both of Tracee's last
// versions: with words and with numbers.
func recordedInGo(t *testing.T, id string) []string {
	t.Helper()
	return conformance.Files(t, "tracee/go-signatures/*/"+id+"_*/*.json")
}

// everywhere is a signature whose selectors are wide open, to be fed with what
// it would not be given otherwise: recorded cases are fed to it directly.
type everywhere struct{ sdk.Signature }

func (everywhere) Selectors() []sdk.Selector { return []sdk.Selector{{Source: sdk.Source}} }

func (e everywhere) State() []sdk.StateSpec {
	if stateful, ok := e.Signature.(sdk.Stateful); ok {
		return stateful.State()
	}
	return nil
}

// directFinding is a recorded finding.
type directFinding struct {
	Event int            `json:"event_index"`
	ID    string         `json:"signature_id"`
	Data  map[string]any `json:"data"`
}

func TestParityInGo(t *testing.T) {
	all := parityInGo()
	if len(all) < 3 {
		t.Fatalf("only %d signatures of Tracee are written in Go", len(all))
	}
	for id, signature := range all {
		t.Run(id, func(t *testing.T) {
			for _, file := range recordedInGo(t, id) {
				name, _ := filepath.Rel(filepath.Dir(filepath.Dir(filepath.Dir(file))), file)
				t.Run(name, func(t *testing.T) { compareDirect(t, id, signature, file) })
			}
		})
	}
}

func compareDirect(t *testing.T, id string, signature sdk.Signature, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		Events []json.RawMessage `json:"events"`
		Expect struct {
			Direct []directFinding `json:"direct"`
		} `json:"expect"`
	}
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	e := engine.NewSet([]engine.Program{golang.New(everywhere{signature})}, engine.Limits{}).Evaluator()
	got := []directFinding{}
	for i, raw := range c.Events {
		ev, err := event.ParseJSON(raw)
		if err != nil {
			t.Fatal(err)
		}
		matches, faults := e.Evaluate(t.Context(), ev)
		for _, f := range faults {
			t.Errorf("event %d: %v", i, f.Err)
		}
		for _, m := range matches {
			got = append(got, directFinding{i, m.Signature.Metadata.ID, m.Data})
		}
	}
	if len(got)+len(c.Expect.Direct) > 0 && !reflect.DeepEqual(got, c.Expect.Direct) {
		t.Errorf("%s: got %+v, want %+v", id, got, c.Expect.Direct)
	}
}

// What they say of themselves is what those who look at findings of Tracee
// know; only the descriptions are Weir's own.
func TestParityMetadataInGo(t *testing.T) {
	all := parityInGo()
	for _, file := range conformance.Files(t, "tracee/go-signatures/*/signatures.json") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var list []struct {
			ID, Name, Version string
			EventName         string `json:"event_name"`
			Properties        map[string]any
			Selectors         []sdk.Selector
			Tags              []string
		}
		if err := json.Unmarshal(text, &list); err != nil {
			t.Fatal(err)
		}
		seen := 0
		for _, want := range list {
			s := all[want.ID]
			if s == nil {
				continue
			}
			seen++
			m := s.Metadata()
			if m.Name != want.Name || m.Version != want.Version || m.EventName != want.EventName || !slices.Equal(m.Tags, want.Tags) {
				t.Errorf("%s: %+v, want %+v", want.ID, m, want)
			}
			m.Properties["Severity"] = float64(m.Properties["Severity"].(int))
			if !reflect.DeepEqual(m.Properties, want.Properties) {
				t.Errorf("%s: properties %v, want %v", want.ID, m.Properties, want.Properties)
			}
			// What is narrowed is what OnEvent would look at first.
			selectors := s.Selectors()
			for i := range selectors {
				selectors[i].Where = nil
			}
			if !slices.Equal(selectors, want.Selectors) {
				t.Errorf("%s: selectors %v, want %v", want.ID, selectors, want.Selectors)
			}
		}
		if seen != len(all) {
			t.Errorf("%s: %d of %d signatures are recorded", file, seen, len(all))
		}
	}
}
