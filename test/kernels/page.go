package kernels

import (
	"fmt"
	"slices"
	"strings"
)

// intro begins the page.
const intro = `# Kernels

What Weir's kernel programs do on the kernels of distributions. ` + "`make test-kernels`" + ` boots each in a virtual machine, runs the tests of ` + "`bpf`" + `
and of the collector's probe in it, and compares with ` + "`test/kernels/testdata`" + `, which this page is made of. A test that fails is never in
these tables.

`

// page is docs/kernels.md.
func page(scenarios []Scenario, matrix func(Scenario) Matrix) string {
	var b strings.Builder
	b.WriteString(intro)
	b.WriteString("## Systems\n\n| system | kernel | programs load | tests |\n|---|---|---|---|\n")
	var working []Scenario
	for _, s := range scenarios {
		m := matrix(s)
		load := m.find("load", "-")
		if load == "ok" {
			load = "yes"
			working = append(working, s)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", s.Name, s.Guest.describe(), cell(load), tally(m))
	}
	events(&b, working, matrix)
	skipped(&b, working, matrix)
	return b.String()
}

// describe tells a guest in words.
func (g Guest) describe() string {
	source := g.Kernel.Sources[0]
	distribution := "Debian"
	if source.Ubuntu {
		distribution = "Ubuntu"
	}
	words := []string{fmt.Sprintf("%s %s, %s", distribution, source.Suite, g.Kernel.Arch)}
	words = append(words, g.Cmdline...)
	if g.Hybrid {
		words = append(words, "cgroup v1 and v2")
	}
	if g.HideBTF {
		words = append(words, "BTF hidden")
	}
	return strings.Join(words, ", ")
}

func tally(m Matrix) string {
	passed, skips := 0, 0
	for _, r := range m.Rows {
		switch {
		case r.Kind == "test" && r.Found == "pass":
			passed++
		case r.Kind == "test":
			skips++
		}
	}
	text := fmt.Sprintf("%d pass", passed)
	if skips > 0 {
		text += fmt.Sprintf(", %d skipped", skips)
	}
	return text
}

// events writes which hook each event has, and below why one has none.
func events(b *strings.Builder, scenarios []Scenario, matrix func(Scenario) Matrix) {
	b.WriteString("\n## Events\n\nThe hook that an event is taken from; – where there is none.\n\n| event |")
	var names []string
	for _, s := range scenarios {
		fmt.Fprintf(b, " %s |", s.Name)
		for _, r := range matrix(s).Rows {
			if r.Kind == "event" && !slices.Contains(names, r.Name) {
				names = append(names, r.Name)
			}
		}
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(scenarios)) + "\n")
	var reasons []string
	for _, name := range names {
		fmt.Fprintf(b, "| `%s` |", name)
		for _, s := range scenarios {
			hook := matrix(s).find("event", name)
			if why, off := strings.CutPrefix(hook, "off: "); off || hook == "" {
				reasons = append(reasons, fmt.Sprintf("- `%s` on %s: %s\n", name, s.Name, cell(why)))
				hook = "–"
			}
			fmt.Fprintf(b, " %s |", hook)
		}
		b.WriteString("\n")
	}
	if reasons != nil {
		b.WriteString("\n" + strings.Join(reasons, ""))
	}
}

// skipped writes which tests could not run where programs load.
func skipped(b *strings.Builder, scenarios []Scenario, matrix func(Scenario) Matrix) {
	var lines []string
	for _, s := range scenarios {
		for _, r := range matrix(s).Rows {
			if why, skip := strings.CutPrefix(r.Found, "skip: "); skip && r.Kind == "test" {
				lines = append(lines, fmt.Sprintf("- %s on %s: %s\n", r.Name, s.Name, cell(why)))
			}
		}
	}
	if lines != nil {
		b.WriteString("\n## Skipped tests\n\n" + strings.Join(lines, ""))
	}
}

// cell keeps a text from ending its column.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
