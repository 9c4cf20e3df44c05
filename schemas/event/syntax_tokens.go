package event

func digit(b byte) bool { return b >= '0' && b <= '9' }

func (s *syntax) quoted() string {
	for s.pos++; s.pos < len(s.data); s.pos++ {
		switch b := s.data[s.pos]; {
		case b == '"':
			s.pos++
			return ""
		case b < ' ':
			return "no control character in a string"
		case b == '\\':
			s.pos++
			if want := s.escape(); want != "" {
				return want
			}
		}
	}
	return "the end of the string"
}

// escape checks what follows a backslash and stays at its last byte.
func (s *syntax) escape() string {
	switch s.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return ""
	case 'u':
		for range 4 {
			s.pos++
			if b := s.peek() | ' '; !digit(s.peek()) && (b < 'a' || b > 'f') {
				return "a hexadecimal digit"
			}
		}
		return ""
	default:
		return "an escape"
	}
}

func (s *syntax) number() string {
	if s.peek() == '-' {
		s.pos++
	}
	if s.peek() == '0' {
		s.pos++
	} else if !s.digits() {
		return "a digit"
	}
	if s.peek() == '.' {
		s.pos++
		if !s.digits() {
			return "a digit"
		}
	}
	if b := s.peek(); b == 'e' || b == 'E' {
		s.pos++
		if b := s.peek(); b == '+' || b == '-' {
			s.pos++
		}
		if !s.digits() {
			return "a digit"
		}
	}
	return ""
}

func (s *syntax) digits() bool {
	start := s.pos
	for digit(s.peek()) {
		s.pos++
	}
	return s.pos > start
}
