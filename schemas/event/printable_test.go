package event

import "testing"

func TestPrintable(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", ""},
		{"/usr/bin/cat", "/usr/bin/cat"},
		{"naïve – 日本", "naïve – 日本"},
		{"a b", "a b"},
		{"\x1b[31mred", `\x1b[31mred`},
		{"a\nb\r\tc\x00", `a\nb\r\tc\x00`},
		{"\x7f\u0085\u009b31m", `\x7f\u0085\u009b31m`},
		{"\xff\xe2\x82", `\xff\xe2\x82`},
		{`\x1b`, `\\x1b`},
		{"exe\u202egpj.sh", `exe\u202egpj.sh`},
		{"\u2066a\u2069\u200b\ufeff", `\u2066a\u2069\u200b\ufeff`},
		{"a\u2028b\u00a0c", `a\u2028b\u00a0c`},
		{"\U000e0041", `\U000e0041`},
		{"\u3164", `\u3164`},
	} {
		if got := Printable(test.text); got != test.want {
			t.Errorf("Printable(%q) = %s, want %s", test.text, got, test.want)
		}
	}
}

// No text may leave a control or format character behind, or look like another.
func FuzzPrintable(f *testing.F) {
	f.Add("\x1b]0;title\x07", `\n`)
	f.Add("\u202e", `\u202e`)
	f.Fuzz(func(t *testing.T, a, b string) {
		shown := Printable(a)
		for _, r := range shown {
			if r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e {
				t.Fatalf("%q shows %U", a, r)
			}
		}
		if a != b && shown == Printable(b) {
			t.Fatalf("%q and %q look the same", a, b)
		}
	})
}
