package signatures_test

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/weirsec/weir/schemas/finding"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/load"
	"github.com/weirsec/weir/services/detector/sigtest"
	"github.com/weirsec/weir/signatures"
)

// shipped loads everything, and there must be nothing to say about it.
func shipped(t *testing.T) *engine.Set {
	t.Helper()
	programs, problems := load.Shipped(t.Context(), 0)
	for _, p := range problems {
		t.Errorf("problem: %s", p)
	}
	return engine.NewSet(programs, engine.Limits{})
}

func TestShipped(t *testing.T) {
	set := shipped(t)
	tested := map[string]bool{}
	err := fs.WalkDir(signatures.Files(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Name() != "tests.yaml" {
			return err
		}
		id := path.Base(path.Dir(name))
		tested[id] = true
		t.Run(id, func(t *testing.T) { runSuite(t, set, name, id) })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range set.Signatures() {
		if !tested[s.Metadata.ID] {
			t.Errorf("%s has no tests.yaml", s.Metadata.ID)
		}
	}
}

func runSuite(t *testing.T, set *engine.Set, name, id string) {
	text, err := fs.ReadFile(signatures.Files(), name)
	if err != nil {
		t.Fatal(err)
	}
	suite, err := sigtest.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if suite.Signature != id {
		t.Fatalf("%s tests %s", name, suite.Signature)
	}
	results, err := sigtest.Run(t.Context(), set, suite)
	if err != nil {
		t.Fatal(err)
	}
	fires, silent := false, false
	for i, r := range results {
		for _, failure := range r.Failures {
			t.Errorf("%s: %s", r.Case, failure)
		}
		fires = fires || len(suite.Cases[i].Findings) > 0
		silent = silent || len(suite.Cases[i].Findings) == 0
	}
	if !fires || !silent {
		t.Error("there must be cases that fire and cases that do not")
	}
}

func TestMetadata(t *testing.T) {
	technique := regexp.MustCompile(`^T\d{4}(\.\d{3})?$`)
	stix := regexp.MustCompile(`^attack-pattern--[0-9a-f-]{36}$`)
	version := regexp.MustCompile(`^\d+\.\d+\.\d+$`)
	for _, s := range shipped(t).Signatures() {
		m := s.Metadata
		if m.ID != m.EventName || !regexp.MustCompile(`^[a-z][a-z0-9_]*$`).MatchString(m.ID) {
			t.Errorf("id %q, event name %q: both are the directory's name", m.ID, m.EventName)
		}
		if strings.HasPrefix(s.Source, "shipped/") && path.Base(path.Dir(s.Source)) != m.ID {
			t.Errorf("%s lies in %s", m.ID, s.Source)
		}
		if !version.MatchString(m.Version) || m.Name == "" || !strings.HasSuffix(m.Description, ".") {
			t.Errorf("%s: version %q, name %q, description %q", m.ID, m.Version, m.Name, m.Description)
		}
		external, _ := m.Properties["external_id"].(string)
		pattern, _ := m.Properties["id"].(string)
		if !technique.MatchString(external) || !stix.MatchString(pattern) {
			t.Errorf("%s: technique %q, pattern %q", m.ID, external, pattern)
		}
		if _, said := m.Properties["Severity"]; !said || finding.SeverityOf(m.Properties).Number() == 0 {
			t.Errorf("%s: no severity", m.ID)
		}
	}
}

func TestPacks(t *testing.T) {
	var ids []string
	for _, s := range shipped(t).Signatures() {
		ids = append(ids, s.Metadata.ID)
	}
	packs := signatures.Packs()
	if packs[0].Name != signatures.DefaultPack {
		t.Errorf("the first pack is %s", packs[0].Name)
	}
	inAny := map[string]bool{}
	for _, p := range packs {
		if p.Description == "" {
			t.Errorf("%s has no description", p.Name)
		}
		for _, id := range p.IDs {
			inAny[id] = true
			if !slices.Contains(ids, id) {
				t.Errorf("the pack %s names %s, which is not shipped", p.Name, id)
			}
		}
	}
	for _, id := range ids {
		if !inAny[id] {
			t.Errorf("%s is in no pack", id)
		}
	}
}
