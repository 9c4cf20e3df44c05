package signatures_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/weirsec/weir/internal/conformance"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
)

// Where a signature means the same as one of Tracee's, it must fire on the same
// recorded events, those with words for numbers and those without.
func TestAsRecorded(t *testing.T) {
	set := shipped(t)
	for _, c := range []struct{ id, pattern string }{
		{"anti_debugging", "go-signatures/*/TRC-102_*/*.json"},
		{"anti_debugging", "rego-signatures/*/TRC-2_*/*.json"},
		{"fileless_execution", "go-signatures/*/TRC-105_*/*.json"},
		{"fileless_execution", "rego-signatures/*/TRC-5_*/*.json"},
		{"ld_preload", "go-signatures/*/TRC-107_*/*security_file_open*.json"},
	} {
		t.Run(c.id+" "+filepath.Dir(c.pattern), func(t *testing.T) {
			for _, file := range conformance.Files(t, "tracee/"+c.pattern) {
				compare(t, set, c.id, file)
			}
		})
	}
}

// stricter is the one case in which Weir fires on purpose and the recorded system
// does not: any anonymous file whose name begins with "runc" is let pass there,
// a name that an attacker can choose too.
func stricter(file string) bool {
	return filepath.Base(filepath.Dir(file)) == "TRC-5_fileless_execution" && filepath.Base(file) == "test_match_4.json"
}

// compare gives one recorded case to the set.
func compare(t *testing.T, set *engine.Set, id, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		Events []json.RawMessage `json:"events"`
		Expect struct {
			Direct []struct {
				Event int `json:"event_index"`
			} `json:"direct"`
		} `json:"expect"`
	}
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	want := map[int]bool{}
	for _, d := range c.Expect.Direct {
		want[d.Event] = true
	}
	evaluator := set.Evaluator()
	for i, raw := range c.Events {
		e, err := event.ParseJSON(raw)
		if err != nil {
			t.Fatal(err)
		}
		matches, _ := evaluator.Evaluate(t.Context(), e)
		got := false
		for _, m := range matches {
			got = got || m.Signature.Metadata.ID == id
		}
		if stricter(file) {
			want[i] = true
		}
		if got != want[i] {
			t.Errorf("%s: event %d fires %v, want %v", filepath.Base(file), i, got, want[i])
		}
	}
}
