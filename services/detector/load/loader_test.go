package load

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/problem"
)

const (
	// user needs the library; broken is what no dialect can read.
	user = "package a.user\nimport data.a.lib\n__rego_metadoc__ := {\"id\": \"USER\", \"version\": \"1\"}\n" +
		"tracee_selected_events := [{\"source\": \"tracee\", \"name\": \"openat\"}]\ntracee_match := {\"v\": lib.f(1)}\n"
	library = "package a.lib\nf(x) := x\n"
	broken  = "package a\n\ntracee_match { x == }\n"
)

// put writes a file of a directory, or removes it where the text is empty.
func put(t testing.TB, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if text == "" {
		err = errors.Join(err, os.Remove(path))
	} else {
		err = errors.Join(err, os.WriteFile(path, []byte(text), 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// mustLoad loads once more and returns the set with the errors and what is told
// of files that stay in force.
func mustLoad(t testing.TB, l *Loader) (set *engine.Set, failed, stays []string) {
	t.Helper()
	set, problems, err := l.Load(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		switch {
		case p.Severity == problem.Error:
			failed = append(failed, filepath.Base(p.File))
		case strings.Contains(p.Message, "stays in force"):
			stays = append(stays, filepath.Base(p.File))
		}
	}
	return set, failed, stays
}

// A file that is broken stays in force as it last loaded; others change.
func TestLastGoodVersion(t *testing.T) {
	type step struct {
		files         map[string]string
		ids           []string
		failed, stays []string
		// sameAs is the step whose set is in force again, counted from 0; -1
		// for a set that is new.
		sameAs int
	}
	a, b := signature("A-1", "a"), signature("B-1", "b")
	tests := []struct {
		name  string
		steps []step
	}{
		{"broken, mended, removed", []step{
			{map[string]string{"a.rego": a, "x/b.rego": b}, []string{"A-1", "B-1"}, nil, nil, -1},
			{map[string]string{"a.rego": broken}, []string{"A-1", "B-1"}, []string{"a.rego"}, []string{"a.rego"}, 0},
			{map[string]string{"x/b.rego": b + "# other\n"}, []string{"A-1", "B-1"}, []string{"a.rego"}, []string{"a.rego"}, -1},
			{map[string]string{"a.rego": a, "x/b.rego": b}, []string{"A-1", "B-1"}, nil, nil, 0},
			{map[string]string{"a.rego": broken}, []string{"A-1", "B-1"}, []string{"a.rego"}, []string{"a.rego"}, 0},
			{map[string]string{"a.rego": ""}, []string{"B-1"}, nil, nil, -1},
			{map[string]string{"a.rego": broken}, []string{"B-1"}, []string{"a.rego"}, nil, 5},
		}},
		{"broken from the beginning", []step{
			{map[string]string{"a.rego": broken, "b.rego": b}, []string{"B-1"}, []string{"a.rego"}, nil, -1},
			{map[string]string{"a.rego": broken + "\n"}, []string{"B-1"}, []string{"a.rego"}, nil, 0},
			{map[string]string{"a.rego": a}, []string{"A-1", "B-1"}, nil, nil, -1},
		}},
		{"a library that cannot be read", []step{
			{map[string]string{"u.rego": user, "lib.rego": library}, []string{"USER"}, nil, nil, -1},
			{map[string]string{"lib.rego": "package a.lib\nf(x := x\n"}, []string{"USER"}, []string{"lib.rego"}, []string{"lib.rego"}, 0},
			{map[string]string{"u.rego": user + "# other\n"}, []string{"USER"}, []string{"lib.rego"}, []string{"lib.rego"}, -1},
		}},
		{"a library that does not fit any more", []step{
			{map[string]string{"u.rego": user, "lib.rego": library}, []string{"USER"}, nil, nil, -1},
			{map[string]string{"lib.rego": "package a.lib\ng(x) := x\n"}, []string{"USER"}, []string{"u.rego"}, []string{"u.rego"}, 0},
			{map[string]string{"u.rego": strings.ReplaceAll(user, "lib.f", "lib.g")}, []string{"USER"}, nil, nil, -1},
		}},
		{"a new library that is wrong", []step{
			{map[string]string{"u.rego": user, "lib.rego": library}, []string{"USER"}, nil, nil, -1},
			{
				map[string]string{"lib2.rego": "package a.lib\nh(x) := y\n"},
				[]string{"USER"},
				[]string{"lib2.rego"},
				[]string{"u.rego"},
				0,
			},
		}},
		{"a signature that becomes a library", []step{
			{map[string]string{"a.rego": a, "b.rego": b}, []string{"A-1", "B-1"}, nil, nil, -1},
			{map[string]string{"a.rego": "package a\nx := 1\n"}, []string{"B-1"}, nil, nil, -1},
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			loader := NewLoader(Request{Dirs: []string{dir}})
			var versions []string
			for i, step := range test.steps {
				for name, text := range step.files {
					put(t, dir, name, text)
				}
				set, failed, stays := mustLoad(t, loader)
				if !slices.Equal(idsOf(set), step.ids) || !slices.Equal(slices.Compact(failed), step.failed) || !slices.Equal(stays, step.stays) {
					t.Errorf("step %d: loaded %q, failed %q, in force as before %q; want %q, %q, %q",
						i, idsOf(set), failed, stays, step.ids, step.failed, step.stays)
				}
				switch same := step.sameAs; {
				case same < 0 && slices.Contains(versions, set.Version()):
					t.Errorf("step %d: the version is an earlier one", i)
				case same >= 0 && set.Version() != versions[same]:
					t.Errorf("step %d: the version is not that of step %d", i, same)
				}
				versions = append(versions, set.Version())
			}
		})
	}
}

// A file that cannot even be looked into is not a file that was removed.
func TestUnreadableFileStays(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a.rego", signature("A-1", "a"))
	loader := NewLoader(Request{Dirs: []string{dir}})
	mustLoad(t, loader)
	put(t, dir, "a.rego", "")
	if err := syscall.Mkfifo(filepath.Join(dir, "a.rego"), 0o600); err != nil {
		t.Fatal(err)
	}
	if set, failed, stays := mustLoad(t, loader); len(set.Signatures()) != 1 || len(failed) != 1 || len(stays) != 1 {
		t.Errorf("loaded %q, failed %q, in force as before %q", idsOf(set), failed, stays)
	}
}

// A directory that is gone is a request that cannot be met; when it is back all
// is as it was.
func TestDirectoryThatGoesAway(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "signatures")
	put(t, dir, "a.rego", signature("A-1", "a"))
	loader := NewLoader(Request{Dirs: []string{dir}})
	before, _, _ := mustLoad(t, loader)
	if err := os.Rename(dir, dir+"-"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := loader.Load(t.Context(), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	if err := os.Rename(dir+"-", dir); err != nil {
		t.Fatal(err)
	}
	if after, _, _ := mustLoad(t, loader); after.Version() != before.Version() {
		t.Error("the set is another one")
	}
}

// Bundles belong to the set like directories; single signatures may be theirs.
func TestBundlesInTheSet(t *testing.T) {
	loader := NewLoader(Request{Pack: "none", Only: []string{"A-1"}})
	var unknown *UnknownError
	if _, _, err := loader.Load(t.Context(), nil); !errors.As(err, &unknown) || !strings.Contains(err.Error(), `"A-1"`) {
		t.Fatalf("error %v", err)
	}
	files := fstest.MapFS{
		"x/a.rego": &fstest.MapFile{Data: []byte(signature("A-1", "a"))},
		"b.rego":   &fstest.MapFile{Data: []byte(signature("B-1", "b"))},
		"c.rego":   &fstest.MapFile{Data: []byte(broken)},
	}
	set, problems, err := loader.Load(t.Context(), map[string]fs.FS{"corp": files})
	if err != nil || !slices.Equal(idsOf(set), []string{"A-1"}) || set.Signatures()[0].Source != "bundle corp/x/a.rego" {
		t.Fatal(idsOf(set), err)
	}
	checkProblems(t, problems, "bundle corp/c.rego:3:21: unexpected }")
}

func TestCheck(t *testing.T) {
	suite := func(id string, findings int) string {
		text := "signature: " + id + "\ncases:\n  - name: opened\n    events: [{eventName: openat}]\n"
		if findings > 0 {
			text += "    findings: [{event: 0}]\n"
		}
		return text
	}
	tests := []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"good", map[string]string{"a/a.rego": signature("A-1", "a"), "a/tests.yaml": suite("A-1", 1)}, nil},
		{"no tests", map[string]string{"a.rego": signature("A-1", "a")}, nil},
		{"nothing", map[string]string{"x": "y"}, []string{"dir: there is no signature in it that loads"}},
		{"broken", map[string]string{"a.rego": signature("A-1", "a"), "b.rego": broken}, []string{"dir/b.rego:3:21: unexpected }"}},
		{
			"a test fails",
			map[string]string{"a.rego": signature("A-1", "a"), "tests.yaml": suite("A-1", 0)},
			[]string{`dir/tests.yaml: test "opened": event 0 (openat): a finding that is not expected`},
		},
		{
			"a test of something else",
			map[string]string{"a.rego": signature("A-1", "a"), "tests.yaml": suite("B-1", 0)},
			[]string{`dir/tests.yaml: the signature "B-1" is not loaded`},
		},
		{
			"no test file",
			map[string]string{"a.rego": signature("A-1", "a"), "tests.yaml": "x: 1"},
			[]string{"dir/tests.yaml: tests: "},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			problems := NewLoader(Request{}).Check(t.Context(), os.DirFS(write(t, test.files)), "dir")
			checkProblems(t, problems, test.want...)
		})
	}
}

// two hundred signatures, each with a library to compile.
func manySignatures(t testing.TB) string {
	files := map[string]string{}
	for i := range 200 {
		id := fmt.Sprintf("S-%03d", i)
		files[id+".rego"] = strings.ReplaceAll(signature(id, "e"), "tracee_match { true }",
			"import data.tracee.helpers\ntracee_match { helpers.is_file_write(helpers.get_tracee_argument(\"flags\")) }")
	}
	dir := t.TempDir()
	for name, text := range files {
		put(t, dir, name, text)
	}
	return dir
}

// One of 200 signatures is changed, the rest is not compiled again.
func TestChangeOneOfMany(t *testing.T) {
	dir := manySignatures(t)
	loader := NewLoader(Request{Dirs: []string{dir}})
	began := time.Now()
	before, _, _ := mustLoad(t, loader)
	cold := time.Since(began)
	put(t, dir, "S-100.rego", signature("S-100", "other"))
	began = time.Now()
	after, _, _ := mustLoad(t, loader)
	warm := time.Since(began)
	t.Logf("200 signatures: first load %s, one changed %s", cold, warm)
	same := 0
	for i, s := range after.Signatures() {
		if s.Digest == before.Signatures()[i].Digest {
			same++
		}
	}
	if same != 199 || warm > time.Second {
		t.Errorf("%d are the same, loading took %s, want 199 in less than 1s", same, warm)
	}
}

// BenchmarkLoad is loading 200 signatures: all of them anew, and with one of
// them changed.
func BenchmarkLoad(b *testing.B) {
	dir := manySignatures(b)
	b.Run("cold", func(b *testing.B) {
		for b.Loop() {
			mustLoad(b, NewLoader(Request{Dirs: []string{dir}}))
		}
	})
	b.Run("one changed", func(b *testing.B) {
		loader := NewLoader(Request{Dirs: []string{dir}})
		for i := 0; b.Loop(); i++ {
			put(b, dir, "S-100.rego", signature("S-100", fmt.Sprint("e", i)))
			mustLoad(b, loader)
		}
	})
}
