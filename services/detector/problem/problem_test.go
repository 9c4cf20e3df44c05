package problem

import (
	"strings"
	"testing"
	"unicode"
)

func TestString(t *testing.T) {
	cases := []struct {
		name    string
		problem Problem
		want    string
	}{
		{
			"place and caret",
			Problem{
				Severity: Error, File: "a.rego", Line: 4, Column: 16, Message: "var x is unsafe",
				Source: "tracee_match { x == 1 }",
			},
			"a.rego:4:16: var x is unsafe\n    tracee_match { x == 1 }\n                   ^",
		},
		{
			"tab counts as one place",
			Problem{File: "a.rego", Line: 1, Column: 2, Message: "m", Source: "\tfoo"},
			"a.rego:1:2: m\n     foo\n     ^",
		},
		{
			"end of line",
			Problem{File: "a.rego", Line: 1, Column: 4, Message: "m", Source: "foo"},
			"a.rego:1:4: m\n    foo\n       ^",
		},
		{"no place", Problem{Severity: Warning, File: "dir", Message: "no signature"}, "dir: warning: no signature"},
		{"control characters", Problem{File: "a\x1b[2J.rego", Message: "two\nlines"}, "a\ufffd[2J.rego: two lines"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := c.problem.String(); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func FuzzString(f *testing.F) {
	f.Add("file", "message", "source line", 3)
	f.Add("\x1b", "\xff", "\u202e", -1)
	f.Fuzz(func(t *testing.T, file, message, source string, column int) {
		text := Problem{File: file, Line: 1, Column: column, Message: message, Source: source}.String()
		for line := range strings.SplitSeq(text, "\n") {
			for _, r := range line {
				if r != '\ufffd' && !unicode.IsPrint(r) {
					t.Fatalf("%q holds %q", text, r)
				}
			}
		}
		if strings.Count(text, "\n") > 2 {
			t.Fatalf("%q has more than three lines", text)
		}
	})
}

func TestLongLinesAreCut(t *testing.T) {
	p := Problem{File: "a.rego", Line: 1, Column: 3, Message: "m", Source: strings.Repeat("x", 10*maxSource)}
	lines := strings.Split(p.String(), "\n")
	if len(lines) != 3 {
		t.Fatalf("%d lines", len(lines))
	}
	if shown := len([]rune(strings.TrimSpace(lines[1]))); shown != maxSource+1 || !strings.HasSuffix(lines[1], "…") {
		t.Errorf("%d runes are shown: %s", shown, lines[1])
	}
	if lines[2] != "      ^" {
		t.Errorf("caret %q", lines[2])
	}
	p.Column = 5 * maxSource
	if caret := strings.Index(strings.Split(p.String(), "\n")[2], "^"); caret > maxSource+4 {
		t.Errorf("the caret is in column %d", caret)
	}
}
