package redact

import "strings"

// span is a word of a longer text.
type span struct{ from, to int }

// commands masks by the habits of programs that a shell's command text runs.
// Each word is looked at once, however long the text is.
func commands(s string) string {
	if strings.IndexByte(s, ' ') < 0 {
		return s
	}
	m := masker{text: s}
	for at := 0; at < len(s); {
		w := wordAt(s, at)
		at = w.to
		h, ok := habitOf(strings.Trim(s[w.from:w.to], quotes))
		if !ok {
			continue
		}
		var spans []span
		var args []string
		for at < len(s) {
			w := wordAt(s, at)
			if strings.ContainsAny(s[w.from:w.to], ";|&") {
				break
			}
			spans, args = append(spans, w), append(args, s[w.from:w.to])
			at = w.to
		}
		masked := append([]string(nil), args...)
		h.apply(args, func(i int, s string) { masked[i] = s })
		for i, w := range spans {
			if masked[i] != args[i] {
				m.replace(w.from, w.to, masked[i])
			}
		}
	}
	return m.result()
}

// wordAt returns the next word from at on; it is empty at the end of the text.
func wordAt(s string, at int) span {
	const blanks = " \t\r\n"
	for at < len(s) && strings.IndexByte(blanks, s[at]) >= 0 {
		at++
	}
	w := span{at, len(s)}
	if n := strings.IndexAny(s[at:], blanks); n >= 0 {
		w.to = at + n
	}
	return w
}
