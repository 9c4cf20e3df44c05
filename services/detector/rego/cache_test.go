package rego

import (
	"maps"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/weirsec/weir/services/detector/engine"
)

// tree makes a directory of texts by name.
func tree(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
	}
	return fsys
}

// Of what has changed between two loads only what depends on it is compiled
// again.
func TestLoadAgain(t *testing.T) {
	const (
		uses    = "package a.user\nimport data.a.lib\n__rego_metadoc__ := {\"id\": \"USER\"}\ntracee_match := lib.x\n"
		library = "package a.lib\nx := true\n"
	)
	first := map[string]string{"good.rego": good, "user.rego": uses, "lib.rego": library}
	tests := []struct {
		name   string
		change func(files map[string]string)
		// same are the sources whose programs are the ones of the first load.
		same []string
	}{
		{"nothing", func(map[string]string) {}, []string{"d/good.rego", "d/user.rego"}},
		{"a signature", func(f map[string]string) { f["good.rego"] += "# more\n" }, []string{"d/user.rego"}},
		{"a library", func(f map[string]string) { f["lib.rego"] = "package a.lib\nx := {}\n" }, []string{"d/good.rego"}},
		{"a library more", func(f map[string]string) { f["lib2.rego"] = "package a.lib\ny := 1\n" }, []string{"d/good.rego"}},
		{"a library that nobody needs", func(f map[string]string) { f["lib3.rego"] = "package other\ny := 1\n" }, []string{"d/good.rego", "d/user.rego"}},
		{"a name", func(f map[string]string) { f["better.rego"] = f["good.rego"]; delete(f, "good.rego") }, []string{"d/user.rego"}},
		{"broken for a while", func(f map[string]string) { f["good.rego"] = "package" }, []string{"d/user.rego"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			loader := NewLoader(Options{})
			before, problems := loader.Load(t.Context(), tree(first), "d")
			if len(before) != 2 {
				t.Fatal(problems)
			}
			files := maps.Clone(first)
			test.change(files)
			after, again := loader.Load(t.Context(), tree(files), "d")
			var same []string
			for _, p := range after {
				if slices.Contains(before, p) {
					same = append(same, p.Source())
				}
			}
			if !slices.Equal(same, test.same) {
				t.Errorf("the same programs are %q, want %q", same, test.same)
			}
			fresh, told := NewLoader(Options{}).Load(t.Context(), tree(files), "d")
			if !slices.Equal(told, again) {
				t.Errorf("problems are %v, want those of a first load: %v", again, told)
			}
			if !slices.Equal(digests(after), digests(fresh)) {
				t.Errorf("digests are %q, want %q", digests(after), digests(fresh))
			}
		})
	}
}

func digests(programs []engine.Program) []string {
	var list []string
	for _, p := range programs {
		list = append(list, p.Source()+" "+p.Digest())
	}
	return list
}

// What is not loaded any more is forgotten, and directories do not get in each
// other's way.
func TestCacheIsBounded(t *testing.T) {
	loader := NewLoader(Options{})
	loader.Load(t.Context(), tree(map[string]string{"a.rego": good}), "one")
	loader.Load(t.Context(), tree(map[string]string{"a.rego": good, "b.rego": v1("tracee_match if true")}), "two")
	if one, two := len(loader.cache.of("one").programs), len(loader.cache.of("two").programs); one != 1 || two != 2 {
		t.Errorf("%d and %d programs are kept, want 1 and 2", one, two)
	}
	loader.Load(t.Context(), tree(map[string]string{"a.rego": good}), "two")
	loader.Load(t.Context(), tree(nil), "one")
	if one, two := len(loader.cache.of("one").files), len(loader.cache.of("two").files); one != 0 || two != 1 {
		t.Errorf("%d and %d programs are kept, want 0 and 1", one, two)
	}
	if len(loader.cache.directories) != 1 {
		t.Errorf("directories %v", loader.cache.directories)
	}
	loader.Forget("two")
	loader.Forget("never there")
	if len(loader.cache.directories) != 0 {
		t.Errorf("directories %v", loader.cache.directories)
	}
}
