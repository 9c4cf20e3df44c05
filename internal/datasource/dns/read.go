package dns

import "strings"

// readPacket reads the argument proto_dns of net_packet_dns, Tracee's
// trace.ProtoDNS, and reports whether it could.
func (m *message) readPacket(text string) bool {
	s := scanner{text: text}
	first, parts := true, 0
	// Nothing of interest comes after these.
	const all = 4
	for parts < all {
		key, more := s.member(&first)
		if !more {
			break
		}
		switch key {
		case "QR":
			m.response = s.int() == 1
		case "responseCode":
			m.code = s.string()
		case "questions":
			m.readQuestions(&s)
		case "answers":
			m.readAnswers(&s)
		default:
			s.skip()
			continue
		}
		parts++
	}
	return !s.broken && strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "{")
}

func (m *message) readQuestions(s *scanner) {
	for first := true; s.element(&first, '[', ']'); {
		name := ""
		for first := true; ; {
			key, more := s.member(&first)
			if !more {
				break
			}
			if key == "name" {
				name = s.string()
			} else {
				s.skip()
			}
		}
		if m.questions == 0 {
			m.question = name
		}
		m.questions++
	}
}

func (m *message) readAnswers(s *scanner) {
	for first := true; s.element(&first, '[', ']'); {
		r := m.add()
		if r == nil {
			s.skip()
			continue
		}
		m.readAnswer(s, r)
	}
}

// targets are what a record may say, of which its type tells the one that counts.
type targets struct{ ip, cname, ptr, srv, mx, service string }

func (m *message) readAnswer(s *scanner, r *record) {
	var t targets
	r.hints = [2]int{len(m.hints), len(m.hints)}
	for first := true; ; {
		key, more := s.member(&first)
		if !more {
			break
		}
		switch key {
		case "name":
			r.owner = s.string()
		case "type":
			r.kind = s.string()
		case "class":
			r.class = s.string()
		case "TTL":
			r.ttl = s.int()
		case "IP":
			t.ip = s.string()
		case "CNAME":
			t.cname = s.string()
		case "PTR":
			t.ptr = s.string()
		case "SRV":
			t.srv = s.inner("name")
		case "MX":
			t.mx = s.inner("name")
		case "SVCB":
			t.service = m.readService(s, r)
		default:
			s.skip()
		}
	}
	r.target = t.of(r.kind)
}

func (t *targets) of(kind string) string {
	switch kind {
	case "A", "AAAA":
		return t.ip
	case "CNAME":
		return t.cname
	case "PTR":
		return t.ptr
	case "SRV":
		return t.srv
	case "MX":
		return t.mx
	case "HTTPS", "SVCB":
		return t.service
	default:
		return ""
	}
}

// inner reads an object and returns the text of one of its keys.
func (s *scanner) inner(name string) string {
	found := ""
	for first := true; ; {
		key, more := s.member(&first)
		switch {
		case !more:
			return found
		case key == name:
			found = s.string()
		default:
			s.skip()
		}
	}
}

// readService reads what a record says of where a service is.
func (m *message) readService(s *scanner, r *record) string {
	target := ""
	for first := true; ; {
		key, more := s.member(&first)
		if !more {
			return target
		}
		switch key {
		case "target":
			target = s.string()
		case "IPs":
			m.readHints(s, r)
		default:
			s.skip()
		}
	}
}

func (m *message) readHints(s *scanner, r *record) {
	for first := true; s.element(&first, '[', ']'); {
		if len(m.hints) >= MaxRecords {
			m.more++
			s.skip()
			continue
		}
		m.hints = append(m.hints, s.string())
		r.hints[1] = len(m.hints)
	}
}

// readResponse reads the argument dns_response of net_packet_dns_response,
// Tracee's []trace.DnsResponseData with what Weir adds to it, and reports whether
// it could. The event is a response by its name.
func (m *message) readResponse(text string) bool {
	m.response = true
	s := scanner{text: text}
	for first := true; s.element(&first, '[', ']'); {
		m.questions++
		if m.questions > 1 {
			s.skip()
			continue
		}
		m.readData(&s)
	}
	return !s.broken && m.questions > 0
}

func (m *message) readData(s *scanner) {
	questions := int64(1)
	for first := true; ; {
		key, more := s.member(&first)
		if !more {
			break
		}
		switch key {
		case "query_data":
			m.question = s.inner("query")
		case "dns_answer":
			m.readRecords(s)
		case "response_code":
			m.code = s.string()
		case "questions":
			questions = s.int()
		default:
			s.skip()
		}
	}
	if questions != 1 {
		m.questions = int(min(questions, 1<<16))
	}
}

// readRecords reads the answers of a response.
func (m *message) readRecords(s *scanner) {
	for first := true; s.element(&first, '[', ']'); {
		r := m.add()
		if r == nil {
			s.skip()
			continue
		}
		r.hints = [2]int{len(m.hints), len(m.hints)}
		for first := true; ; {
			key, more := s.member(&first)
			if !more {
				break
			}
			switch key {
			case "answer_type":
				r.kind = s.string()
			case "ttl":
				r.ttl = s.int()
			case "answer":
				r.target = s.string()
			case "name":
				r.owner = s.string()
			case "IPs":
				m.readHints(s, r)
			default:
				s.skip()
			}
		}
	}
}

// directionOf returns the direction in a packet's metadata, 0 where there is
// none.
func directionOf(metadata string) int64 {
	if !strings.Contains(metadata, `"direction"`) {
		return 0
	}
	s := scanner{text: metadata}
	for first := true; ; {
		key, more := s.member(&first)
		switch {
		case !more:
			return 0
		case key == "direction":
			return s.int()
		default:
			s.skip()
		}
	}
}
