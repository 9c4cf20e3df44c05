package bus_test

import (
	"strings"
	"testing"

	"github.com/weirsec/weir/internal/bus"
)

func TestToken(t *testing.T) {
	for _, c := range []struct{ name, token string }{
		{"", "%"},
		{"web-1_A", "web-1_A"},
		{"a.b", "a%2Eb"},
		{"*", "%2A"},
		{">", "%3E"},
		{"100%", "100%25"},
		{"%2E", "%252E"},
		{"a b\tc\n", "a%20b%09c%0A"},
		{"\x00\x7f", "%00%7F"},
		{"\xff\xc3", "%FF%C3"},
		{"\xef\xbf\xbd", "\uFFFD"},
		{"München", "München"},
		{"a\u00a0b\u202ec", "a%C2%A0b%E2%80%AEc"},
	} {
		if got := bus.Token(c.name); got != c.token {
			t.Errorf("Token(%q) = %q, want %q", c.name, got, c.token)
		}
		if got, err := bus.FromToken(c.token); err != nil || got != c.name {
			t.Errorf("FromToken(%q) = %q, %v, want %q", c.token, got, err, c.name)
		}
	}
}

func TestFromTokenRefusesWhatTokenNeverMakes(t *testing.T) {
	for _, token := range []string{"", "%2", "a%", "%%", "%zz", "%2e", "%41", "a.b", "a b", "\xff", "*"} {
		if name, err := bus.FromToken(token); err == nil {
			t.Errorf("FromToken(%q) = %q, want an error", token, name)
		}
	}
}

// Any name gives one valid token that gives the name back.
func FuzzToken(f *testing.F) {
	for _, seed := range []string{"", "a.b", "%", "%41", "\xff", "ü", "a\u2028b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		token := bus.Token(name)
		if token == "" || strings.ContainsAny(token, ".*> \t\r\n\x00") {
			t.Fatalf("Token(%q) = %q is no token", name, token)
		}
		if back, err := bus.FromToken(token); err != nil || back != name {
			t.Fatalf("%q became %q, %v", name, back, err)
		}
		// Read as a token, the same bytes either are refused or round-trip too.
		if raw, err := bus.FromToken(name); err == nil && bus.Token(raw) != name {
			t.Fatalf("FromToken(%q) = %q, whose token is %q", name, raw, bus.Token(raw))
		}
	})
}
