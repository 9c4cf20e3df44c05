package redact

import "strings"

// Mask stands where a secret was.
const Mask = "[redacted]"

const (
	quotes = `"'`
	// wordEnds are the bytes that end a value inside a longer text.
	wordEnds = " \t\r\n\"'`&;|<>(),"
)

// masker copies a text and leaves out spans of it. Nothing is copied while
// there is nothing to leave out.
type masker struct {
	out  strings.Builder
	text string
	done int
}

// mask leaves out text[from:to].
func (m *masker) mask(from, to int) {
	if from < to {
		m.replace(from, to, Mask)
	}
}

// replace puts s where text[from:to] was.
func (m *masker) replace(from, to int, s string) {
	if from < m.done {
		return
	}
	m.out.WriteString(m.text[m.done:from])
	m.out.WriteString(s)
	m.done = to
}

func (m *masker) result() string {
	if m.done == 0 {
		return m.text
	}
	m.out.WriteString(m.text[m.done:])
	return m.out.String()
}

// text masks what looks like a secret anywhere in s.
func text(s string) string {
	m := masker{text: s}
	within := false // inside a name: nothing can begin here
	for i := 0; i < len(s); i++ {
		c := s[i]
		if isAlnum(c) && within {
			continue
		}
		to := i
		switch {
		case isAlnum(c) || c == '-' && !within:
			if n := tokenAt(s[i:]); n > 0 {
				m.mask(i, i+n)
				to = i + n - 1
			}
		case i == 0:
		case c == '=':
			to = m.assignment(i)
		case c == ':' && strings.HasPrefix(s[i:], "://"):
			to = m.userinfo(i + 3)
		case c == ':':
			to = m.field(i)
		case c == ' ' || c == '\t':
			to = m.option(i)
		}
		i = max(i, to)
		within = isName(s[i])
	}
	return m.result()
}

// nameBefore returns the name that ends before i.
func nameBefore(s string, i int) string {
	from := i
	for from > 0 && isName(s[from-1]) {
		from--
	}
	return s[from:i]
}

// value masks the value that begins at i and returns where it ends. A value
// that is made by the shell is no secret but a command to be seen.
func (m *masker) value(i int) int {
	if i >= len(m.text) || strings.IndexByte("$`", m.text[i]) >= 0 {
		return i
	}
	ends := wordEnds
	if strings.IndexByte(quotes, m.text[i]) >= 0 {
		ends = m.text[i : i+1]
		i++
		if i < len(m.text) && strings.IndexByte("$`", m.text[i]) >= 0 {
			return i
		}
	}
	to := len(m.text)
	if n := strings.IndexAny(m.text[i:], ends); n >= 0 {
		to = i + n
	}
	m.mask(i, to)
	return to
}

// assignment handles "name=value" with the sign at i.
func (m *masker) assignment(i int) int {
	if !sensitive(nameBefore(m.text, i)) {
		return i
	}
	return max(i, m.value(i+1)-1)
}

// option handles "--name value" with the blank at i.
func (m *masker) option(i int) int {
	name := nameBefore(m.text, i)
	if !strings.HasPrefix(name, "-") || !sensitive(name) || strings.HasPrefix(m.text[i+1:], "-") {
		return i
	}
	return max(i, m.value(i+1)-1)
}

// field handles "name: value" of headers, JSON and YAML with the colon at i.
func (m *masker) field(i int) int {
	end := i
	if strings.IndexByte(quotes, m.text[end-1]) >= 0 {
		end--
	}
	name := nameBefore(m.text, end)
	if name == "" || !sensitive(name) {
		return i
	}
	from := i + 1
	for from < len(m.text) && m.text[from] == ' ' {
		from++
	}
	if !header(name) {
		return max(i, m.value(from)-1)
	}
	// A header's value has blanks ("Bearer x") and ends with its argument.
	to := len(m.text)
	if n := strings.IndexAny(m.text[from:], "\"'\r\n"); n > 0 {
		to = from + n
	}
	m.mask(from, to)
	return max(i, to-1)
}

func header(name string) bool {
	return strings.EqualFold(name, "authorization") || strings.EqualFold(name, "proxy-authorization") ||
		strings.EqualFold(name, "cookie")
}

// userinfo masks the password of a URL whose authority begins at i.
func (m *masker) userinfo(i int) int {
	end := len(m.text)
	if n := strings.IndexAny(m.text[i:], "/?# \t\r\n\"'`"); n >= 0 {
		end = i + n
	}
	at := strings.LastIndexByte(m.text[i:end], '@')
	colon := strings.IndexByte(m.text[i:end], ':')
	if colon < 0 || at < colon {
		return i - 1
	}
	m.mask(i+colon+1, i+at)
	return i + at
}
