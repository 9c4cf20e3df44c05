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
	"github.com/weirsec/weir/signatures/sdk"
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
		t.Run(path.Base(path.Dir(name)), func(t *testing.T) { tested[runSuite(t, set, name)] = true })
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

// runSuite runs a tests.yaml and returns the id of the signature that it tests,
// which must be the one of its directory.
func runSuite(t *testing.T, set *engine.Set, name string) string {
	text, err := fs.ReadFile(signatures.Files(), name)
	if err != nil {
		t.Fatal(err)
	}
	suite, err := sigtest.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range set.Signatures() {
		if s.Metadata.ID == suite.Signature && !livesIn(s.Metadata, path.Dir(name)) {
			t.Errorf("%s tests %s", name, suite.Signature)
		}
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
	return suite.Signature
}

// ofTracee reports whether a directory is for signatures that are as they were
// in Tracee, whose ids, names and properties are theirs.
func ofTracee(dir string) bool { return path.Base(path.Dir(dir)) == "tracee_parity" }

// livesIn reports whether a directory is the one of a signature.
func livesIn(m sdk.Metadata, dir string) bool {
	if ofTracee(dir) {
		return path.Base(dir) == strings.ToLower(strings.ReplaceAll(m.ID, "-", "_"))+"_"+m.EventName
	}
	return path.Base(dir) == m.ID
}

func TestMetadata(t *testing.T) {
	version := regexp.MustCompile(`^\d+(\.\d+\.\d+)?$`)
	for _, s := range shipped(t).Signatures() {
		m := s.Metadata
		if strings.HasPrefix(s.Source, "shipped/") && !livesIn(m, path.Dir(s.Source)) {
			t.Errorf("%s lies in %s", m.ID, s.Source)
		}
		if !version.MatchString(m.Version) || m.Name == "" || !strings.HasSuffix(m.Description, ".") {
			t.Errorf("%s: version %q, name %q, description %q", m.ID, m.Version, m.Name, m.Description)
		}
		if _, said := m.Properties["Severity"]; !said {
			t.Errorf("%s: no severity", m.ID)
		}
		if strings.HasPrefix(m.ID, "TRC-") {
			continue
		}
		checkOwn(t, m)
	}
}

// checkOwn holds signatures that are not Tracee's to the rules of this
// repository.
func checkOwn(t *testing.T, m sdk.Metadata) {
	t.Helper()
	technique := regexp.MustCompile(`^T\d{4}(\.\d{3})?$`)
	stix := regexp.MustCompile(`^attack-pattern--[0-9a-f-]{36}$`)
	if m.ID != m.EventName || !regexp.MustCompile(`^[a-z][a-z0-9_]*$`).MatchString(m.ID) {
		t.Errorf("id %q, event name %q: both are the directory's name", m.ID, m.EventName)
	}
	external, _ := m.Properties["external_id"].(string)
	pattern, _ := m.Properties["id"].(string)
	if !technique.MatchString(external) || !stix.MatchString(pattern) {
		t.Errorf("%s: technique %q, pattern %q", m.ID, external, pattern)
	}
	if finding.SeverityOf(m.Properties).Number() == 0 {
		t.Errorf("%s: no severity", m.ID)
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
