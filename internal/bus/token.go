package bus

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	hexDigits = "0123456789ABCDEF"
	// emptyToken stands for the empty name: a '%' that no escape follows.
	emptyToken = "%"
)

// Token makes one valid NATS subject token of any name. Letters, digits and
// other printable characters stay; '.', '*', '>', '%', white space, control
// characters and bytes that are not UTF-8 become %XX. FromToken reverses it;
// two names never give the same token. "" gives "%".
func Token(name string) string {
	if name == "" {
		return emptyToken
	}
	if isToken(name) {
		return name
	}
	var b strings.Builder
	for i := 0; i < len(name); {
		r, size := utf8.DecodeRuneInString(name[i:])
		if plain(r, size) {
			b.WriteString(name[i : i+size])
		} else {
			for _, c := range []byte(name[i : i+size]) {
				b.Write([]byte{'%', hexDigits[c>>4], hexDigits[c&15]})
			}
		}
		i += size
	}
	return b.String()
}

// FromToken returns the name that Token made the token of. Anything that Token
// cannot have made is an error.
func FromToken(token string) (string, error) {
	if token == emptyToken {
		return "", nil
	}
	var b strings.Builder
	for i := 0; i < len(token); i++ {
		if token[i] != '%' {
			b.WriteByte(token[i])
			continue
		}
		if i+2 >= len(token) {
			return "", fmt.Errorf("token %q ends inside an escape", token)
		}
		high, low := strings.IndexByte(hexDigits, token[i+1]), strings.IndexByte(hexDigits, token[i+2])
		if high < 0 || low < 0 {
			return "", fmt.Errorf("token %q has the escape %q, want two upper-case hex digits", token, token[i:i+3])
		}
		b.WriteByte(byte(high<<4 | low))
		i += 2
	}
	name := b.String()
	if Token(name) != token {
		return "", fmt.Errorf("token %q is not the escaped form of %q", token, name)
	}
	return name, nil
}

func isToken(name string) bool {
	for i := 0; i < len(name); {
		r, size := utf8.DecodeRuneInString(name[i:])
		if !plain(r, size) {
			return false
		}
		i += size
	}
	return true
}

// plain reports whether a character may stand in a token as it is.
func plain(r rune, size int) bool {
	if r == utf8.RuneError && size == 1 {
		return false
	}
	switch r {
	case '.', '*', '>', '%', ' ':
		return false
	}
	return unicode.IsPrint(r)
}
