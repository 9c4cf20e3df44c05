package dns

import (
	"encoding/json"
	"strings"
)

// scanner reads JSON a token at a time and copies nothing but texts with
// escapes. What makes no sense sets broken, after which nothing more is read.
type scanner struct {
	text   string
	at     int
	broken bool
}

// next returns the next byte that is no space, 0 at the end.
func (s *scanner) next() byte {
	for s.at < len(s.text) {
		if b := s.text[s.at]; b > ' ' {
			return b
		}
		s.at++
	}
	return 0
}

// take passes over one byte, or reports that there is another one.
func (s *scanner) take(b byte) bool {
	if s.next() != b {
		return false
	}
	s.at++
	return true
}

// fail notes that the text makes no sense and ends it.
func (s *scanner) fail() { s.broken, s.at = true, len(s.text) }

// member moves on to the next member of an object and returns its key, false
// where the object has ended. first is set before the first one.
func (s *scanner) member(first *bool) (key string, more bool) {
	if !s.element(first, '{', '}') {
		return "", false
	}
	key = s.string()
	if !s.take(':') {
		s.fail()
		return "", false
	}
	return key, true
}

// element moves on to the next element of a list, or member of an object, and
// reports whether there is one. null has none.
func (s *scanner) element(first *bool, open, end byte) bool {
	if *first {
		*first = false
		if !s.take(open) {
			s.skip()
			return false
		}
		if s.take(end) {
			return false
		}
		return !s.broken
	}
	if s.take(',') {
		return true
	}
	if !s.take(end) {
		s.fail()
	}
	return false
}

// string reads a text; "" for other values, which it passes over.
func (s *scanner) string() string {
	if s.next() != '"' {
		s.skip()
		return ""
	}
	start := s.at
	if !s.quoted() {
		return "\\"
	}
	inner := s.text[start+1 : s.at-1]
	if strings.IndexByte(inner, '\\') < 0 {
		return inner
	}
	var text string
	if json.Unmarshal([]byte(s.text[start:s.at]), &text) != nil {
		s.fail()
	}
	return text
}

// quoted passes over a text and reports whether it ends.
func (s *scanner) quoted() bool {
	for s.at++; s.at < len(s.text); s.at++ {
		switch s.text[s.at] {
		case '"':
			s.at++
			return true
		case '\\':
			s.at++
		}
	}
	s.fail()
	return false
}

// int reads a whole number, at most 2^53; 0 for other values.
func (s *scanner) int() int64 {
	b := s.next()
	if b < '0' || b > '9' {
		s.skip()
		return 0
	}
	n := int64(0)
	for ; s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9'; s.at++ {
		if n = n*10 + int64(s.text[s.at]-'0'); n > 1<<53 {
			n = 1 << 53
		}
	}
	s.word()
	return n
}

// word passes over the rest of a number or word.
func (s *scanner) word() {
	for s.at < len(s.text) {
		switch b := s.text[s.at]; {
		case b <= ' ', b == ',', b == ']', b == '}', b == ':', b == '"', b == '[', b == '{':
			return
		}
		s.at++
	}
}

// skip passes over a value.
func (s *scanner) skip() {
	depth := 0
	for {
		before := s.at
		switch s.next() {
		case '"':
			s.quoted()
		case '{', '[':
			depth++
			s.at++
		case '}', ']':
			depth--
			s.at++
		case ',', ':':
			if depth > 0 {
				s.at++
			}
		default:
			s.word()
		}
		if depth <= 0 || s.broken {
			if depth < 0 || s.at == before {
				s.fail()
			}
			return
		}
		if s.at >= len(s.text) {
			s.fail()
			return
		}
	}
}
