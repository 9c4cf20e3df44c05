package redact

import "strings"

// sensitiveWords make a name sensitive wherever they stand in it.
var sensitiveWords = [...]string{
	"password", "passwd", "passphrase", "secret", "credential", "apikey", "authorization",
}

// sensitive reports whether a variable, option or field of that name holds a
// secret: "--db-password", "GITHUB_TOKEN", "apiKey".
func sensitive(name string) bool {
	var buf [64]byte
	name = strings.TrimLeft(name, "-")
	lower := buf[:copy(buf[:], name[max(0, len(name)-len(buf)):])]
	for i, c := range lower {
		if 'A' <= c && c <= 'Z' {
			lower[i] = c + 'a' - 'A'
		}
	}
	return sensitiveLower(string(lower)) // short ones stay on the stack
}

// sensitiveLower is sensitive for a name in lower case.
func sensitiveLower(name string) bool {
	last, rest := lastWord(name)
	switch last {
	case "file", "path", "dir", "stdin", "name", "id", "ttl", "type", "length", "policy", "url", "sock", "store":
		return false // it says where or what the secret is
	case "key", "keys":
		return keyOf(rest)
	case "pwd":
		return rest != "" // PWD alone is the working directory
	case "pass", "pw", "cookie":
		return true
	}
	for _, w := range sensitiveWords {
		if strings.Contains(name, w) {
			return true
		}
	}
	last = strings.TrimSuffix(last, "s")
	return strings.HasSuffix(last, "token") || strings.HasSuffix(last, "accesskey") ||
		strings.HasSuffix(last, "privatekey")
}

// keyOf reports whether a key that is described by the words before it is a
// secret one.
func keyOf(words string) bool {
	last, _ := lastWord(words)
	switch last {
	case "api", "access", "private", "secret", "encryption", "signing", "account", "master", "auth", "storage":
		return true
	}
	return false
}

// lastWord splits a name before its last word.
func lastWord(name string) (last, rest string) {
	if i := strings.LastIndexAny(name, "-_."); i >= 0 {
		return name[i+1:], name[:i]
	}
	return name, ""
}

// isName reports whether a byte may stand in a name.
func isName(c byte) bool { return isAlnum(c) || c == '_' || c == '-' || c == '.' }

func isAlnum(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
