package load

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/problem"
	"github.com/weirsec/weir/services/detector/rego"
	"github.com/weirsec/weir/signatures"
)

var stable = []string{"anti_debugging", "fileless_execution", "ld_preload", "shadow_read"}

// signature is one in Rego v0 that matches every openat.
func signature(id, eventName string) string {
	return `package tracee.` + strings.ReplaceAll(id, "-", "_") + "\n" +
		`__rego_metadoc__ := {"id": "` + id + `", "version": "1", "eventName": "` + eventName + `"}` + "\n" +
		`tracee_selected_events[s] { s := {"source": "tracee", "name": "openat"} }` + "\n" +
		"tracee_match { true }\n"
}

// write makes a signature directory.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func idsOf(set *engine.Set) []string {
	ids := []string{}
	for _, s := range set.Signatures() {
		ids = append(ids, s.Metadata.ID)
	}
	return ids
}

func TestPacksAndDirectories(t *testing.T) {
	one := write(t, map[string]string{"a.rego": signature("A-1", "ev_a")})
	two := write(t, map[string]string{"deep/er/b.rego": signature("B-1", "ev_b"), "c.rego": signature("C-1", "ev_c")})
	cases := []struct {
		name    string
		request Request
		want    []string
	}{
		{"the stable pack where nobody chooses", Request{}, stable},
		{"by name", Request{Pack: "stable"}, stable},
		{"none", Request{Pack: "none"}, []string{}},
		{"a directory alone", Request{Dirs: []string{one}}, []string{"A-1"}},
		{"two directories", Request{Dirs: []string{two, one}}, []string{"A-1", "B-1", "C-1"}},
		{"a directory named twice", Request{Dirs: []string{one, one + "/."}}, []string{"A-1"}},
		{"a directory besides a pack", Request{Pack: "stable", Dirs: []string{one}}, append([]string{"A-1"}, stable...)},
		{"one by id", Request{Only: []string{"shadow_read"}}, []string{"shadow_read"}},
		{"one by event name", Request{Dirs: []string{one, two}, Only: []string{"ev_b"}}, []string{"B-1"}},
		{"one named twice", Request{Dirs: []string{one}, Only: []string{"A-1", "ev_a"}}, []string{"A-1"}},
		{"an empty list picks all", Request{Dirs: []string{one}, Only: []string{}}, []string{"A-1"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			set, problems, err := Load(t.Context(), c.request)
			if err != nil {
				t.Fatal(err)
			}
			if got := idsOf(set); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			for _, p := range problems {
				t.Errorf("problem: %s", p)
			}
		})
	}
}

func TestEmptyPacksSaySo(t *testing.T) {
	pack := signatures.Pack{Name: "later"}
	programs, problems := loadPack(t.Context(), pack, rego.NewLoader(rego.Options{}))
	if len(programs) != 0 {
		t.Errorf("%d programs", len(programs))
	}
	checkProblems(t, problems, "pack later: warning: this version ships no signature in it")
}

func TestRequestsThatCannotBeMet(t *testing.T) {
	dir := write(t, map[string]string{"a.rego": signature("A-1", "ev_a")})
	cases := []struct {
		name    string
		request Request
		want    string
	}{
		{"unknown pack", Request{Pack: "stabel"}, `no pack "stabel": the packs are stable, incubating, sandbox, tracee-parity, none`},
		{"missing directory", Request{Dirs: []string{dir + "/nowhere"}}, "signature directory: stat " + dir + "/nowhere: no such file"},
		{"a file for a directory", Request{Dirs: []string{dir + "/a.rego"}}, "is a file: name the directory"},
		{"empty name", Request{Dirs: []string{""}}, "is empty"},
		{"near by a letter", Request{Only: []string{"shadow_raed"}}, `no signature "shadow_raed": did you mean shadow_read?`},
		{"near by a part", Request{Only: []string{"preload"}}, "did you mean ld_preload?"},
		{"near in case", Request{Dirs: []string{dir}, Only: []string{"a-1"}}, "did you mean A-1?"},
		{"nothing near", Request{Dirs: []string{dir}, Only: []string{"zzzzzzzz"}}, `no signature "zzzzzzzz": there are A-1, ev_a`},
		{"that Tracee had disabled", Request{Pack: "tracee-parity", Only: []string{"TRC-8"}}, "add --pack sandbox"},
		{"in a pack that is off", Request{Dirs: []string{dir}, Only: []string{"shadow_read"}}, "add --pack stable"},
		{"two unknown", Request{Only: []string{"shadow_reads", "ld_preloads"}}, "\nno signature \"ld_preloads\""},
		{"out of nothing", Request{Pack: "none", Only: []string{"x"}}, "none is loaded"},
		{"negative time", Request{Timeout: -1}, "must not be negative"},
		{"negative strikes", Request{Limits: engine.Limits{Strikes: -1}}, "must not be negative"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := Load(t.Context(), c.request)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestProblems(t *testing.T) {
	t.Run("a directory without a signature", func(t *testing.T) {
		dir := write(t, map[string]string{"readme.txt": "none here"})
		_, problems, err := Load(t.Context(), Request{Dirs: []string{dir}})
		if err != nil {
			t.Fatal(err)
		}
		checkProblems(t, problems, dir+": warning: no signature was loaded")
	})
	t.Run("one bad file", func(t *testing.T) {
		dir := write(t, map[string]string{"bad.rego": "package x\ntracee_match {", "good.rego": signature("A-1", "a")})
		set, problems, err := Load(t.Context(), Request{Dirs: []string{dir}})
		if err != nil || len(set.Signatures()) != 1 {
			t.Fatal(err)
		}
		checkProblems(t, problems, dir+"/bad.rego:2:")
	})
	t.Run("one id for two", func(t *testing.T) {
		dir := write(t, map[string]string{
			"a.rego": signature("A-1", "a"), "b.rego": signature("A-1", "other"), "c.rego": signature("A-1", "a"),
		})
		set, problems, err := Load(t.Context(), Request{Dirs: []string{dir}})
		if err != nil || len(set.Signatures()) != 2 {
			t.Fatal(idsOf(set), err)
		}
		checkProblems(t, problems, dir+"/b.rego: warning: the id A-1 is also that of "+dir+"/a.rego",
			dir+"/c.rego: warning: not loaded: it is a copy of A-1 ("+dir+"/a.rego)")
	})
}

func checkProblems(t *testing.T, problems []problem.Problem, want ...string) {
	t.Helper()
	if len(problems) != len(want) {
		t.Errorf("problems %v, want %q", problems, want)
		return
	}
	for i, p := range problems {
		if !strings.HasPrefix(p.String(), want[i]) {
			t.Errorf("problem %q, want %q", p, want[i])
		}
	}
}

// FuzzNear looks for names that break the suggestions.
func FuzzNear(f *testing.F) {
	f.Add("shadow_read", "shadow_raed")
	f.Add("", "\xff")
	f.Fuzz(func(t *testing.T, name, given string) {
		if d := distance(name, given); d > max(len(name), len(given)) || (d == 0) != (name == given) {
			t.Errorf("distance of %q and %q is %d", name, given, d)
		}
		near([]string{name}, given)
	})
}
