package dnswire

import (
	"encoding/json"

	"github.com/weirsec/weir/schemas/event"
)

// The arguments of net_packet_dns that Complete reads and writes, and of the two
// others.
const (
	argMessage   = 5
	argTruncated = 8
	argMalformed = 9
	argData      = 1
)

// Complete replaces the bytes of a DNS message in an event by what they say.
// Other events it leaves alone. It returns false where the message is malformed:
// then the event has what could be read, or null, and says so.
func Complete(e *event.Event) bool {
	switch e.Shape.Name {
	case "net_packet_dns":
		return completePacket(e)
	case "net_packet_dns_request":
		return completeData(e, func(m *message) any { return queries(m) })
	case "net_packet_dns_response":
		return completeData(e, func(m *message) any { return []responseData{response(m)} })
	default:
		return true
	}
}

func completePacket(e *event.Event) bool {
	if len(e.Values) <= argMalformed || e.Values[argMessage].Kind() != event.KindBytes {
		return true
	}
	m, err := read([]byte(e.Values[argMessage].Text()))
	// What is cut off ends in the middle of something.
	ok := err == nil || m != nil && e.Values[argTruncated].Bool()
	e.Values[argMessage] = encode(m, m != nil)
	e.Values[argMalformed] = event.Bool(!ok)
	return ok
}

func completeData(e *event.Event, data func(*message) any) bool {
	if len(e.Values) <= argData || e.Values[argData].Kind() != event.KindBytes {
		return true
	}
	m, err := read([]byte(e.Values[argData].Text()))
	if m == nil {
		e.Values[argData] = event.Value{}
		return false
	}
	e.Values[argData] = encode(data(m), true)
	return err == nil
}

// encode returns a value of no known type, null where there is none.
func encode(v any, there bool) event.Value {
	if !there {
		return event.Value{}
	}
	// Structures of texts and numbers can always be encoded.
	text, err := json.Marshal(v)
	if err != nil {
		return event.Value{}
	}
	return event.JSON(string(text))
}

func queries(m *message) []queryData {
	list := make([]queryData, 0, len(m.Questions))
	for _, q := range m.Questions {
		list = append(list, queryData{q.Name, q.Type, q.Class})
	}
	return list
}

// response is the first question, of which every message in use has one, with
// all answers.
func response(m *message) responseData {
	r := responseData{Answers: make([]answerData, 0, len(m.Answers))}
	if len(m.Questions) > 0 {
		q := m.Questions[0]
		r.Query = queryData{q.Name, q.Type, q.Class}
	}
	for i := range m.Answers {
		a := &m.Answers[i]
		one := answerData{Type: a.Type, TTL: a.TTL, Answer: answer(a)}
		if a.Name != r.Query.Query {
			one.Name = a.Name
		}
		if a.SVCB != nil {
			one.IPs = a.SVCB.IPs
		}
		r.Answers = append(r.Answers, one)
	}
	if m.ResponseCode != noError {
		r.ResponseCode = m.ResponseCode
	}
	if n := len(m.Questions); n != 1 {
		r.Questions = &n
	}
	return r
}

// answer is what a record says in one text, of more types than Tracee has.
func answer(a *resource) string {
	switch a.Type {
	case "A", "AAAA":
		return a.IP
	case "NS":
		return a.NS
	case "CNAME":
		return a.CNAME
	case "PTR":
		return a.PTR
	case "MX":
		return a.MX.Name
	case "TXT":
		return a.TXT
	case "SRV":
		return a.SRV.Name
	case "SOA":
		return a.SOA.MName
	case "URI":
		return a.URI.Target
	case "HTTPS", "SVCB":
		return a.SVCB.Target
	default:
		return notImp
	}
}
