package event

import (
	"fmt"
	"time"
	"unicode/utf8"
)

// protoParser reads one event in the form that Tracee writes since it dropped
// the flat one: the JSON of its protobuf message tracee.v1beta1.Event, with the
// names of its fields as they are in the schema or in camel case, and with
// values as Tracee renders them or as protojson does.
type protoParser struct {
	parser
	threat threat
	// named, known and flat say which keys there are: the event's name, any other
	// that only this form has, any that only the flat one has.
	named, known, flat bool
}

// parseProto reads an event of that form and reports whether it is one: both
// forms have a timestamp, and no other key in common. Texts are parts of text,
// which is data again.
func parseProto(data []byte, text string) (e *Event, is bool, err error) {
	if !utf8.Valid(data) || !validSyntax(data) {
		return nil, false, nil
	}
	e = &Event{Shape: &Shape{}, Context: &Context{}, Hook: hookReplay}
	p := protoParser{parser: parser{cursor: cursor{data: data, text: text}, event: e}}
	if p.space(); p.data[p.pos] != '{' {
		return nil, false, nil
	}
	p.object("", p.member)
	switch {
	case !p.named || !p.known || p.flat:
		return nil, false, nil
	case p.err != nil:
		return nil, true, fmt.Errorf("event: %w", p.err)
	}
	p.threat.into(&p)
	e.Context.Node = e.Context.HostName
	return e, true, nil
}

// member reads the value of one of the event's own keys.
func (p *protoParser) member(key string) {
	switch key {
	case "timestamp", "id", "workload", "data", "policies", "threat":
		p.known = true
	case "eventName", "eventId", "args", "processName":
		p.flat = true
	}
	switch key {
	case "timestamp":
		p.event.Time = p.time(key)
	case "id":
		p.event.Shape.ID = p.id()
	case "name":
		p.event.Shape.Name = p.string(key)
		p.named = p.event.Shape.Name != ""
	case "policies":
		p.object(key, func(key string) {
			if key == "matched" {
				p.parser.member("matchedPolicies")
				return
			}
			p.skip()
		})
	case "workload":
		p.object(key, p.workloadMember)
	case "data":
		p.array(key, func() { p.value(key) })
	case "threat":
		p.threat.read(p)
	case "detected_from", "detectedFrom":
		if raw := p.compact(); raw != "null" {
			p.argument("detectedFrom", "unknown", JSON(raw))
		}
	default:
		p.skip()
	}
}

// lastSyscall is the highest number that stands for a syscall in the schema,
// where each is one more than the kernel's, because 0 stands for nothing.
const lastSyscall = 500

// id reads the event's number. The names that protojson may write instead are
// those of the events, which have a key of their own.
func (p *protoParser) id() int32 {
	if p.data[p.pos] == '"' {
		p.quoted()
		return 0
	}
	n := p.int32("id")
	if n > 0 && n <= lastSyscall {
		return n - 1
	}
	return n
}

// time reads a time in the form of RFC 3339, as Unix nanoseconds.
func (p *protoParser) time(key string) int64 {
	start := p.pos
	text := p.string(key)
	if text == "" || text == "null" {
		return 0
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || t.Year() < 1678 || t.Year() > 2261 {
		p.fail(key, "a time such as 2025-01-31T12:00:00.123456789Z", start)
		return 0
	}
	return t.UnixNano()
}

// argument adds an argument.
func (p *protoParser) argument(name, typ string, v Value) {
	const usual = 8
	if p.event.Values == nil {
		p.event.Shape.Args, p.event.Values = make([]ArgSpec, 0, usual), make([]Value, 0, usual)
	}
	p.event.Shape.Args = append(p.event.Shape.Args, ArgSpec{Name: name, Type: typ})
	p.event.Values = append(p.event.Values, v)
}
