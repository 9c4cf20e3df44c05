package event

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable returns a text as it may be shown on a terminal or in a log: one
// line of valid UTF-8 in which everything that could move the cursor, change
// colours or reorder letters is written as an escape (\n, \x1b, \u202e). Bytes
// that are not UTF-8 become \x and two digits, and a backslash becomes two, so
// that no text can pass for the escape of another.
func Printable(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			escape(&b, 'x', rune(s[i]), 2)
		case r == '\\':
			b.WriteString(`\\`)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case visible(r):
			b.WriteString(s[i : i+size])
		case r < utf8.RuneSelf:
			escape(&b, 'x', r, 2)
		case r <= 0xffff:
			escape(&b, 'u', r, 4)
		default:
			escape(&b, 'U', r, 8)
		}
		i += size
	}
	return b.String()
}

// visible reports whether a rune may be shown as it is: letters, marks, digits,
// signs and the plain space. Controls, format characters (which hold the
// bidirectional ones and those of no width) and strange spaces may not.
func visible(r rune) bool {
	return unicode.IsPrint(r) && r != '\u3164' && r != '\uffa0' && r != '\u115f' && r != '\u1160'
}

// plain reports whether a text can be shown as it is; most can.
func plain(s string) bool {
	for i := range len(s) {
		if b := s[i]; b < ' ' || b >= 0x7f || b == '\\' {
			return false
		}
	}
	return true
}

func escape(b *strings.Builder, letter byte, r rune, digits int) {
	b.WriteByte('\\')
	b.WriteByte(letter)
	for shift := (digits - 1) * 4; shift >= 0; shift -= 4 {
		b.WriteByte(hexDigits[r>>shift&15])
	}
}
