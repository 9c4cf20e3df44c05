package sigfmt

import (
	"errors"
	"strings"
	"testing"
)

// What Rego does not take is told once, with its place, and is fit for a
// terminal whatever the file holds.
func TestUnreadable(t *testing.T) {
	for _, c := range []struct {
		name, text string
		upgrade    bool
		want       string
	}{
		{"a place", "package a\n\np if { x == }\n", false, "a.rego:3:13: unexpected } token\n    p if { x == }\n                ^"},
		{"the line's end", "package a\r\n\r\np if { x == }\r\n", false, "    p if { x == }\n"},
		{"control characters", "package a\n\np if { \"\x1b[2J\" == }\n", false, `    p if { "` + "�" + `[2J" == }`},
		{"an upgrade", "package a\n\np { any([true]) }\n", true, "a.rego:3:5: deprecated built-in function calls in expression: any (write regex.match"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Format("a.rego", []byte(c.text), c.upgrade)
			var u *Unreadable
			if !errors.As(err, &u) || len(u.Problems) == 0 {
				t.Fatalf("got %v", err)
			}
			if !strings.Contains(err.Error(), c.want) || strings.ContainsAny(err.Error(), "\x1b\r") || strings.Count(err.Error(), "a.rego") != len(u.Problems) {
				t.Errorf("got %q, want %q", err, c.want)
			}
		})
	}
	other := errors.New("other")
	if err := unreadable("a.rego", nil, other, ""); err != other { //nolint:errorlint // it must be the same one
		t.Errorf("got %v", err)
	}
}
