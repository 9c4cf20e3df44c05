package sigfmt

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const old = `package tracee.Sample
import data.tracee.helpers
# says what it is
__rego_metadoc__ := {"id": "SAMPLE-1", "version": "0.1.0"}
tracee_selected_events[selector] { selector := {"source": "tracee", "name": ["openat","execve"][_]} }
tracee_match { startswith(helpers.get_tracee_argument("pathname"), "/etc") # only there
}
tracee_match { input.processId==1 } else = {"a": 1} { input.userId == 2 }
`

const oldFormatted = `package tracee.Sample

import data.tracee.helpers

# says what it is
__rego_metadoc__ := {"id": "SAMPLE-1", "version": "0.1.0"}

tracee_selected_events[selector] {
	selector := {"source": "tracee", "name": ["openat", "execve"][_]}
}

tracee_match { # only there
	startswith(helpers.get_tracee_argument("pathname"), "/etc")
}

tracee_match {
	input.processId == 1
}

else = {"a": 1} {
	input.userId == 2
}
`

const upgraded = `package tracee.Sample

import data.tracee.helpers

# says what it is
__rego_metadoc__ := {"id": "SAMPLE-1", "version": "0.1.0"}

tracee_selected_events contains selector if {
	selector := {"source": "tracee", "name": ["openat", "execve"][_]}
}

tracee_match if { # only there
	startswith(helpers.get_tracee_argument("pathname"), "/etc")
}

tracee_match if {
	input.processId == 1
}

else := {"a": 1} if {
	input.userId == 2
}
`

func TestFormat(t *testing.T) {
	cases := []struct {
		name, text string
		upgrade    bool
		want       string
	}{
		{"old", old, false, oldFormatted},
		{"old, upgraded", old, true, upgraded},
		{"formatted", upgraded, false, upgraded},
		{"nothing to upgrade", upgraded, true, upgraded},
		{"imports of the dialect stay", "package a\nimport rego.v1\np if input.x==1\n", false, "package a\n\nimport rego.v1\n\np if input.x == 1\n"},
		{
			"imports of the dialect go with an upgrade", "package a\nimport future.keywords.if\nimport future.keywords.contains\np contains x if x := input.x\n",
			true, "package a\n\np contains x if x := input.x\n",
		},
		{"byte order mark and line ends", "\ufeffpackage a\r\np := 1\r\n", false, "package a\n\np := 1\n"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := Format("a.rego", []byte(c.text), c.upgrade)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
			again, err := Format("a.rego", got, c.upgrade)
			if err != nil || string(again) != string(got) {
				t.Errorf("formatted again: %v\n%s", err, again)
			}
		})
	}
}

func TestFormatRefuses(t *testing.T) {
	cases := []struct{ name, text, want string }{
		{"syntax", "package a\n\np {\n", "a.rego:4"},
		{"nothing", "", "empty"},
		{"a function that v1 has no more", "package a\n\np { re_match(\"a\", input.x) }\n", "a.rego:3:5: "},
		{"what to write instead", "package a\n\np { any([true]) }\n", "write regex.match for re_match"},
		{"v1 does not take it", "package a\n\np { input := 1; input == 1 }\n", "must not shadow"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Format("a.rego", []byte(c.text), true); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.rego")
	write := func() {
		if err := os.WriteFile(path, []byte(old), 0o640); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, 0o640); err != nil {
			t.Fatal(err)
		}
	}
	write()
	link := filepath.Join(dir, "link.rego")
	if err := os.Symlink("a.rego", link); err != nil {
		t.Fatal(err)
	}
	if changed, err := File(path, false, true); !changed || err != nil {
		t.Errorf("check: %v, %v", changed, err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != old {
		t.Errorf("a check changed the file: %v\n%s", err, text)
	}
	if changed, err := File(link, false, false); !changed || err != nil {
		t.Errorf("format: %v, %v", changed, err)
	}
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if l, err := os.Lstat(link); err != nil || l.Mode().IsRegular() {
		t.Errorf("the link is gone: %v", err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != oldFormatted {
		t.Errorf("%v\n%s", err, text)
	}
	if changed, err := File(path, false, false); changed || err != nil {
		t.Errorf("again: %v, %v", changed, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("something was left behind: %v", entries)
	}
	if err := os.WriteFile(path, []byte("package a\np {"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := File(path, false, false); err == nil {
		t.Error("a file that does not parse is accepted")
	}
	if _, err := File(dir, false, false); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a directory: %v", err)
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.rego", "b_test.rego", "c.txt", "x/helpers.rego", ".old/d.rego"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	found, err := Files([]string{dir, filepath.Join(dir, "c.txt")})
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range found {
		found[i], _ = filepath.Rel(dir, name)
	}
	if want := []string{"a.rego", "b_test.rego", "x/helpers.rego", "c.txt"}; !slices.Equal(found, want) {
		t.Errorf("%q, want %q", found, want)
	}
	if _, err := Files([]string{dir + "/nowhere"}); err == nil {
		t.Error("a missing path is accepted")
	}
}

// FuzzFormat looks for files that formatting breaks: what comes out must come
// out again as it is.
func FuzzFormat(f *testing.F) {
	f.Add(old, true)
	f.Add(upgraded, false)
	f.Add("package a\nimport rego.v1\np := {x | some x in input} # c\n", false)
	f.Add("package a\n# c\np[x]{x=1}{x=2}\ndefault q=true\n", true)
	f.Fuzz(func(t *testing.T, text string, upgrade bool) {
		out, err := Format("a.rego", []byte(text), upgrade)
		if err != nil {
			return
		}
		if _, err := Format("a.rego", out, upgrade); err != nil {
			t.Errorf("the result is refused: %v\n%s", err, out)
		}
	})
}
