package main

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFittedTable(t *testing.T) {
	table := fittedTable{shrink: []int{2, 1}}
	table.add("ID", "NAME", "SOURCE")
	table.add("a", "A name that says in many words what it is", "shipped/tracee_parity/trc_2_anti_debugging/signature.rego")
	table.add("b", "naïve", "b.rego")
	for _, c := range []struct {
		name  string
		width int
		want  []string
		fits  bool
	}{
		{"any width", 0, []string{"in many words what it is", "shipped/tracee_parity/trc_2_anti_debugging/signature.rego", "b   naïve"}, false},
		{"wide enough", 200, []string{"in many words what it is", "shipped/tracee_parity/trc_2_anti_debugging/signature.rego"}, true},
		{"paths keep their ends", 90, []string{"in many words what it is  …parity/trc_2_anti_debugging/signature.rego"}, true},
		{"names their beginnings", 50, []string{"A name that says in m…  …ugging/signature.rego"}, true},
		{"too narrow for all", 10, []string{"A name that…  …nature.rego"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			if err := table.write(&out, c.width); err != nil {
				t.Fatal(err)
			}
			for _, want := range c.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("does not say %q:\n%s", want, out.String())
				}
			}
			for line := range strings.Lines(out.String()) {
				if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); c.fits && n > c.width {
					t.Errorf("%d characters: %s", n, line)
				}
			}
		})
	}
}

// Whatever authors write reaches no terminal as it is.
func TestFittedTableIsPrintable(t *testing.T) {
	var table fittedTable
	table.add("ev\x1b[31mil", "tab\tand\nline")
	var out strings.Builder
	if err := table.write(&out, 0); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); strings.ContainsAny(strings.TrimSuffix(text, "\n"), "\x1b\t\n") {
		t.Errorf("got %q", text)
	}
}

func TestTerminalWidthOfNoTerminal(t *testing.T) {
	if width := terminalWidth(&strings.Builder{}); width != 0 {
		t.Errorf("got %d", width)
	}
}
