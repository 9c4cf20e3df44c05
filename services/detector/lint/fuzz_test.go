package lint

import (
	"testing"
	"testing/fstest"

	"github.com/weirsec/weir/services/detector/rego"
)

// FuzzRun looks for files that the rules cannot bear. Whatever is found must
// have a rule and lie in the file.
func FuzzRun(f *testing.F) {
	f.Add(head + onBoth + "tracee_match if helpers.get_tracee_argument(\"x\")[_].y != input.z\n")
	f.Add(plainHead + onOpen + "tracee_match := x if { some x in input.args } else := 1 if input[\"eventName\"] in {1}\n")
	f.Add("package a\n# weir:ignore WL101\ntracee_match { input.processName[_] }\n__rego_metadoc__ = 7\n")
	f.Add("package a\ntracee_selected_events[x] { x := {\"name\": 7} }\n")
	severities := map[string]bool{}
	for _, r := range Rules() {
		severities[r.ID] = true
	}
	f.Fuzz(func(t *testing.T, text string) {
		fsys := fstest.MapFS{"a.rego": {Data: []byte(text)}}
		found, err := Run(t.Context(), []*rego.Workspace{rego.Open(fsys, "")}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			if !severities[f.Rule] || f.Severity.Rank() < 0 || f.Message == "" || f.File != "a.rego" {
				t.Errorf("%+v", f)
			}
		}
	})
}
