package event

import "fmt"

// maxDepth is how deep JSON may be nested, as encoding/json has it.
const maxDepth = 10000

// syntax checks that a text is JSON, so that what reads it afterwards can rely
// on it. It accepts exactly what encoding/json accepts, several times faster,
// and says where it stopped.
type syntax struct {
	data []byte
	pos  int
}

// checkSyntax reports text that is not one JSON value.
func checkSyntax(data []byte) error {
	s := syntax{data: data}
	s.space()
	want := s.value(0)
	if want == "" {
		s.space()
		if s.pos == len(data) {
			return nil
		}
		want = "the end"
	}
	if s.pos >= len(data) {
		return fmt.Errorf("event: not JSON: ends at byte %d, want %s", len(data), want)
	}
	return fmt.Errorf("event: not JSON: %q at byte %d, want %s", data[s.pos], s.pos, want)
}

// validSyntax reports whether a text is one JSON value.
func validSyntax(data []byte) bool { return checkSyntax(data) == nil }

func (s *syntax) space() {
	for s.pos < len(s.data) {
		switch s.data[s.pos] {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return
		}
	}
}

// peek returns the byte at the cursor, 0 at the end; no JSON token starts or
// goes on with a byte of zero.
func (s *syntax) peek() byte {
	if s.pos < len(s.data) {
		return s.data[s.pos]
	}
	return 0
}

// value passes over a value and returns "", or what it wanted where it stopped.
func (s *syntax) value(depth int) string {
	switch b := s.peek(); {
	case b == '"':
		return s.quoted()
	case depth == maxDepth && (b == '{' || b == '['):
		return "less nesting"
	case b == '{':
		return s.object(depth + 1)
	case b == '[':
		return s.array(depth + 1)
	case b == 't':
		return s.word("true")
	case b == 'f':
		return s.word("false")
	case b == 'n':
		return s.word("null")
	case b == '-' || digit(b):
		return s.number()
	default:
		return "a value"
	}
}

func (s *syntax) object(depth int) string {
	s.pos++
	s.space()
	if s.peek() == '}' {
		s.pos++
		return ""
	}
	for {
		if s.peek() != '"' {
			return "a key"
		}
		if want := s.quoted(); want != "" {
			return want
		}
		s.space()
		if s.peek() != ':' {
			return "a colon"
		}
		s.pos++
		s.space()
		if want := s.value(depth); want != "" {
			return want
		}
		if done, want := s.closes('}'); done || want != "" {
			return want
		}
	}
}

func (s *syntax) array(depth int) string {
	s.pos++
	s.space()
	if s.peek() == ']' {
		s.pos++
		return ""
	}
	for {
		if want := s.value(depth); want != "" {
			return want
		}
		if done, want := s.closes(']'); done || want != "" {
			return want
		}
	}
}

// closes passes over a comma, or over the closing bracket: then it is done.
func (s *syntax) closes(bracket byte) (done bool, want string) {
	s.space()
	switch s.peek() {
	case bracket:
		s.pos++
		return true, ""
	case ',':
		s.pos++
		s.space()
		return false, ""
	default:
		return false, "a comma or " + string(rune(bracket))
	}
}

func (s *syntax) word(word string) string {
	for i := range len(word) {
		if s.peek() != word[i] {
			return word
		}
		s.pos++
	}
	return ""
}
