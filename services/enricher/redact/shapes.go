package redact

import "strings"

// shape is how a kind of token looks: a prefix and at least min characters that
// are letters, digits or in more.
type shape struct {
	prefix string
	min    int
	more   string
}

var shapes = [...]shape{
	{"ghp_", 30, ""},
	{"gho_", 30, ""},
	{"ghu_", 30, ""},
	{"ghs_", 30, ""},
	{"ghr_", 30, ""},
	{"github_pat_", 30, "_"},
	{"glpat-", 16, "_-"},
	{"xoxb-", 16, "-"},
	{"xoxp-", 16, "-"},
	{"xoxa-", 16, "-"},
	{"xoxr-", 16, "-"},
	{"xoxs-", 16, "-"},
	{"sk_live_", 16, ""},
	{"rk_live_", 16, ""},
	{"npm_", 30, ""},
	{"dckr_pat_", 16, "_-"},
	{"hvs.", 20, "_-"},
	{"AIza", 35, "_-"},
	{"AKIA", 16, ""},
}

// tokenAt returns the length of the token that begins at s, or 0.
func tokenAt(s string) int {
	switch s[0] {
	case 'g', 'x', 's', 'r', 'n', 'd', 'h', 'A':
	case 'e':
		return jwtAt(s)
	case '-':
		return privateKeyAt(s)
	default:
		return 0
	}
	for _, sh := range shapes {
		if !strings.HasPrefix(s, sh.prefix) {
			continue
		}
		if n := run(s[len(sh.prefix):], sh.more); n >= sh.min {
			return len(sh.prefix) + n
		}
	}
	return 0
}

// jwtAt recognises a JSON web token: three parts in base64, the first two of
// which begin a JSON object.
func jwtAt(s string) int {
	if !strings.HasPrefix(s, "eyJ") {
		return 0
	}
	n := run(s, "_-")
	if !strings.HasPrefix(s[n:], ".eyJ") {
		return 0
	}
	return n + run(s[n:], "_-.")
}

// privateKeyAt recognises a private key in PEM.
func privateKeyAt(s string) int {
	const begin, end = "-----BEGIN ", "-----END "
	if !strings.HasPrefix(s, begin) {
		return 0
	}
	label, body, found := strings.Cut(s[len(begin):], "-----")
	if !found || !strings.HasSuffix(label, "PRIVATE KEY") {
		return 0
	}
	if i := strings.Index(body, end); i >= 0 {
		return len(s) - len(body) + i
	}
	return len(s)
}

// run returns how many letters, digits and characters of more s begins with.
func run(s, more string) int {
	n := 0
	for n < len(s) && (isAlnum(s[n]) || strings.IndexByte(more, s[n]) >= 0) {
		n++
	}
	return n
}
