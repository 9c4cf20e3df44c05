package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/services/detector/correlate"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/golang"
	"github.com/weirsec/weir/signatures"
	"github.com/weirsec/weir/signatures/sdk"
)

// goOnly is the set of the shipped signatures in Go.
func goOnly() *engine.Set {
	var programs []engine.Program
	for _, s := range signatures.Go() {
		programs = append(programs, golang.New(s))
	}
	return engine.NewSet(programs, engine.Limits{})
}

func TestListTable(t *testing.T) {
	set := goOnly()
	var out bytes.Buffer
	if err := listTable(&out, set); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if got := strings.Fields(lines[0]); strings.Join(got, " ") != "ID VERSION SEVERITY TIER KERNEL NAME SOURCE" {
		t.Errorf("header %q", lines[0])
	}
	for i, s := range set.Signatures() {
		fields := strings.Fields(lines[i+1])
		if fields[0] != s.Metadata.ID || fields[3] != "go" {
			t.Errorf("line %q", lines[i+1])
		}
	}
	if last := lines[len(lines)-1]; !strings.Contains(last, set.Version()) {
		t.Errorf("last line %q", last)
	}
}

func TestListJSON(t *testing.T) {
	var out bytes.Buffer
	if err := listJSON(&out, goOnly()); err != nil {
		t.Fatal(err)
	}
	var list []map[string]any
	if err := json.Unmarshal(out.Bytes(), &list); err != nil || len(list) == 0 {
		t.Fatalf("%d signatures: %v", len(list), err)
	}
	for _, s := range list {
		selectors, ok := s["selectors"].([]any)
		if !ok || len(selectors) == 0 || !reflect.DeepEqual(slices.Sorted(maps.Keys(selectors[0].(map[string]any))), []string{"name", "origin", "source"}) {
			t.Errorf("%s: selectors %v", s["id"], s["selectors"])
		}
		reason, known := s["tier_reason"]
		if s["tier"] != "go" || !known || reason != "" {
			t.Errorf("%s: tier %v because of %v", s["id"], s["tier"], reason)
		}
	}
}

// A correlation is listed as its author wrote it, and nowhere else.
func TestListCorrelation(t *testing.T) {
	c := sdk.Correlation{
		Type: sdk.ValueCount, GroupBy: []string{"container.id"}, Timespan: time.Minute,
		Condition: sdk.Condition{Field: "processName", AtLeast: 3},
	}
	p, err := correlate.New(golang.New(signatures.Go()[0]), c)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := listJSON(&out, engine.NewSet([]engine.Program{p, golang.New(signatures.Go()[1])}, engine.Limits{})); err != nil {
		t.Fatal(err)
	}
	var list []struct {
		ID          string
		Correlation *sdk.Correlation
	}
	if err := json.Unmarshal(out.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		switch {
		case s.ID != p.Metadata().ID && s.Correlation != nil:
			t.Errorf("%s has a correlation", s.ID)
		case s.ID == p.Metadata().ID && !reflect.DeepEqual(s.Correlation, &c):
			t.Errorf("the correlation is listed as %+v", s.Correlation)
		}
	}
}
