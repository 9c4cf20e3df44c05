package sigfmt

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every Rego file of this repository can be formatted and upgraded; what comes
// out stays as it is, and an upgraded file needs no second time.
func TestRepository(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	files, err := Files([]string{filepath.Join(root, "signatures"), filepath.Join(root, "services", "detector", "rego")})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 3 {
		t.Fatalf("only %q", files)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		formatted, err := Format(file, text, false)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if strings.HasPrefix(file, filepath.Join(root, "signatures")) && !bytes.Equal(formatted, text) {
			t.Errorf("%s is not formatted: weir signature fmt does it", file)
		}
		upgraded, err := Format(file, text, true)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		for _, upgrade := range []bool{false, true} {
			if again, err := Format(file, upgraded, upgrade); err != nil || !bytes.Equal(again, upgraded) {
				t.Errorf("%s: formatted again (upgrade %v) it differs: %v", file, upgrade, err)
			}
		}
	}
}

func TestSameTellsWhatDiffers(t *testing.T) {
	const base = "package a\n\nimport data.x\n\n# c\np := x.y if input.z\n"
	cases := map[string]string{
		base: "",
		"package a\n\nimport rego.v1\nimport data.x\n\n# c\np := x.y if input.z\n": "",
		"package b\n\nimport data.x\n\n# c\np := x.y if input.z\n":                 "another package",
		"package a\n\nimport data.x\n\n# c\np := x.y if input.w\n":                 "the rule p in line 6",
		"package a\n\nimport data.x\n\n# c\np := x.y if input.z\nq := 1\n":         "2 rules instead of 1",
		"package a\n\nimport data.xx as x\n\n# c\np := x.y if input.z\n":           "the imports",
		"package a\n\nimport data.x\n\np := x.y if input.z\n":                      "the comments",
	}
	before, _, err := parse("a.rego", []byte(base))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range cases {
		after, _, err := parse("a.rego", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		err = same(before, after)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q for\n%s", err, want, text)
		}
	}
}
