package lint

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// The facts of SARIF 2.1.0 that readers rely on: the version and the schema,
// a driver with a name and rules with unique ids, and results whose rule index,
// level, message and place are what the specification allows.
func TestWriteSARIF(t *testing.T) {
	found := findings(t, map[string]string{
		"dir with space/a.rego": plainHead + onOpen + "tracee_match if {\n\t\"ü\" == input.processName\n\tx := 1\n}\n",
		"broken.rego":           "package x\n\ntracee_match if {\n",
	}, Options{})
	if len(found) < 3 {
		t.Fatalf("%d findings", len(found))
	}
	var text strings.Builder
	if err := WriteSARIF(&text, found, "v1.2.3"); err != nil {
		t.Fatal(err)
	}
	var log struct {
		Schema  string `json:"$schema"`
		Version string `json:"version"`
		Runs    []struct {
			ColumnKind string `json:"columnKind"`
			Tool       struct {
				Driver struct {
					Name, Version, InformationURI string
					Rules                         []struct {
						ID                   string
						ShortDescription     struct{ Text string }
						DefaultConfiguration struct{ Level string }
					}
				}
			}
			Results []struct {
				RuleID    string
				RuleIndex int
				Level     string
				Message   struct{ Text string }
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           *struct{ StartLine, StartColumn int }
					}
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(text.String()), &log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || !strings.Contains(log.Schema, "sarif-schema-2.1.0.json") || len(log.Runs) != 1 {
		t.Fatalf("version %q, schema %q, %d runs", log.Version, log.Schema, len(log.Runs))
	}
	run := log.Runs[0]
	levels := []string{"none", "note", "warning", "error"}
	if run.Tool.Driver.Name == "" || run.Tool.Driver.Version != "v1.2.3" || len(run.Tool.Driver.Rules) != len(Rules()) ||
		run.ColumnKind != "unicodeCodePoints" {
		t.Errorf("driver %+v", run.Tool.Driver)
	}
	for _, r := range run.Tool.Driver.Rules {
		if r.ID == "" || r.ShortDescription.Text == "" || !slices.Contains(levels, r.DefaultConfiguration.Level) {
			t.Errorf("rule %+v", r)
		}
	}
	if len(run.Results) != len(found) {
		t.Errorf("%d results of %d findings", len(run.Results), len(found))
	}
	for i, r := range run.Results {
		if run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID || !slices.Contains(levels, r.Level) || r.Message.Text == "" || len(r.Locations) != 1 {
			t.Errorf("result %+v", r)
		}
		place := r.Locations[0].PhysicalLocation
		uri, err := url.Parse(place.ArtifactLocation.URI)
		if err != nil || uri.Path != found[i].File || strings.Contains(place.ArtifactLocation.URI, " ") {
			t.Errorf("uri %q: %v", place.ArtifactLocation.URI, err)
		}
		if place.Region == nil || place.Region.StartLine < 1 {
			t.Errorf("region %+v", place.Region)
		}
	}
}

func TestSARIFOfNothing(t *testing.T) {
	var text strings.Builder
	if err := WriteSARIF(&text, nil, ""); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), `"results": []`) {
		t.Error("results must be an empty list, which says that nothing was found")
	}
}

func TestPlaces(t *testing.T) {
	if got := fileURI("/a b/c.rego"); got != "file:///a%20b/c.rego" {
		t.Error(got)
	}
	if got := runeColumn("ü == 1", 4); got != 3 {
		t.Errorf("column %d", got)
	}
	if got := runeColumn("x", 9); got != 9 {
		t.Errorf("column %d beyond the end", got)
	}
}
