package run

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

type testSettings struct {
	listen     string
	signatures []string
	partitions int
}

func newFlags() (*pflag.FlagSet, *testSettings) {
	var s testSettings
	flags := pflag.NewFlagSet("weir", pflag.ContinueOnError)
	flags.StringVar(&s.listen, "listen", "", "")
	flags.StringArrayVar(&s.signatures, "signatures", nil, "")
	flags.IntVar(&s.partitions, "partitions", 16, "")
	flags.String("config", "", "")
	return flags, &s
}

func TestApplyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "weir.yaml")
	text := "listen: 127.0.0.1:4222\nsignatures: [a, b]\npartitions: 4\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	flags, s := newFlags()
	if err := flags.Parse([]string{"--partitions", "8"}); err != nil {
		t.Fatal(err)
	}
	if err := ApplyFile(flags, path); err != nil {
		t.Fatal(err)
	}
	if s.listen != "127.0.0.1:4222" || !slices.Equal(s.signatures, []string{"a", "b"}) || s.partitions != 8 {
		t.Errorf("got %+v", *s)
	}
}

func TestApplyFileAbsent(t *testing.T) {
	flags, _ := newFlags()
	if err := ApplyFile(flags, filepath.Join(t.TempDir(), "none.yaml")); err == nil {
		t.Error("a missing file is accepted")
	}
}

func TestApplyYAMLErrors(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"unknown", "listen: x\nlisten_to: y\n", `f.yaml:2: unknown setting "listen_to"; known are listen, partitions, signatures`},
		{"config in config", "config: y\n", `f.yaml:1: unknown setting "config"`},
		{"twice", "listen: x\nlisten: y\n", `f.yaml:2: "listen" is given twice`},
		{"wrong type", "partitions: many\n", `f.yaml:1: invalid argument "many" for "--partitions" flag`},
		{"list for one", "listen: [a, b]\n", `f.yaml:1: listen: want one value, not a list`},
		{"mapping", "listen: {a: b}\n", `f.yaml:1: listen: line 1: want a value or a list of values`},
		{"no mapping", "- a\n", `f.yaml:1: want a mapping of settings`},
		{"syntax", "listen: [\n", `read configuration f.yaml: `},
	} {
		t.Run(c.name, func(t *testing.T) {
			flags, _ := newFlags()
			err := applyYAML(flags, strings.NewReader(c.text), "f.yaml")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestApplyYAMLEmpty(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "null\n", "---\n"} {
		flags, _ := newFlags()
		if err := applyYAML(flags, strings.NewReader(text), "f.yaml"); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzApplyYAML(f *testing.F) {
	f.Add("listen: a\n")
	f.Add("signatures: [a, {b: c}]\n")
	f.Add("&a [*a]")
	f.Fuzz(func(t *testing.T, text string) {
		flags, s := newFlags()
		if err := applyYAML(flags, strings.NewReader(text), "f.yaml"); err != nil {
			return
		}
		if s.partitions != 16 && !flags.Changed("partitions") {
			t.Error("a setting changed that the flags do not know of")
		}
	})
}
