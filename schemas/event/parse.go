package event

import (
	"bytes"
	"fmt"
	"unicode/utf8"
	"unsafe"
)

// ParseJSON reads one event in the flat trace.Event form of any of Tracee's
// versions: both vocabularies of types, eventId as a string or a number,
// container and pod as objects or as the flat keys of old. It reads the form of
// Tracee's protobuf schema too, which took the flat one's place. Types it does not
// know are kept with their values, keys it does not know are ignored, missing
// ones and null give the zero value. The node is hostName; Seq and BootID are
// for the caller to set. Errors name the key and the byte offset.
//
// The event holds no reference to data: its texts are parts of one copy of it.
// Bytes that are not UTF-8 become U+FFFD.
func ParseJSON(data []byte) (*Event, error) {
	p := Parser{single: true}
	text := string(data)
	e := &Event{}
	if err := p.either(unsafe.Slice(unsafe.StringData(text), len(text)), text, e); err != nil {
		return nil, err
	}
	return e, nil
}

// parseThoroughly checks the syntax of the whole text first and then takes it
// apart. It is what ParseJSON promises; Parser goes another way only where the
// outcome is the same.
func parseThoroughly(data []byte) (*Event, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) {
		data = appendValid(make([]byte, 0, len(data)+16), string(data))
	}
	if err := checkSyntax(data); err != nil {
		return nil, err
	}
	e := &Event{Shape: &Shape{}, Context: &Context{}, Hook: hookReplay}
	p := parser{cursor: cursor{data: data, text: string(data)}, event: e}
	p.space()
	if p.data[p.pos] != '{' {
		return nil, fmt.Errorf("event: want an object at byte %d", p.pos)
	}
	p.object("", p.member)
	if p.err != nil {
		return nil, fmt.Errorf("event: %w", p.err)
	}
	e.Context.Node = e.Context.HostName
	return e, nil
}

// hookReplay is the Hook of imported events.
const hookReplay = "replay"

// parser reads one event.
type parser struct {
	cursor
	event *Event
}

// member reads the value of one of the event's own keys.
func (p *parser) member(key string) {
	e, c := p.event, p.event.Context
	switch key {
	case "timestamp":
		e.Time = p.int(key)
	case "processorId":
		e.CPU = p.uint32(key)
	case "eventId":
		e.Shape.ID = p.eventID()
	case "eventName":
		e.Shape.Name = p.string(key)
	case "returnValue":
		e.ReturnValue = p.int(key)
	case "syscall":
		e.Syscall = p.string(key)
	case "args":
		p.args()
	case "matchedPolicies":
		if list := p.texts(key); len(list) > 0 {
			p.extra().MatchedPolicies = list
		}
	case "stackAddresses":
		if list := p.addresses(key); list != nil {
			p.extra().StackAddresses = list
		}
	case "metadata":
		if raw := p.compact(); raw != "null" {
			p.extra().Metadata = []byte(raw)
		}
	case "dns":
		p.dns(key)
	case "contextFlags":
		p.object(key, func(key string) {
			switch key {
			case "containerStarted":
				c.ContainerStarted = p.bool(key)
			case "isCompat":
				e.Compat = p.bool(key)
			default:
				p.skip()
			}
		})
	default:
		p.contextMember(c, key)
	}
}

// dns reads what is known of the remote address; without a status that there is,
// it is as if nobody had tried.
func (p *parser) dns(key string) {
	var d DNS
	start := p.pos
	p.object(key, func(key string) {
		switch key {
		case "names":
			d.Names = p.texts("dns.names")
		case "status":
			d.Status = statusOf(p.string("dns.status"))
		default:
			p.skip()
		}
	})
	switch {
	case p.err != nil || p.data[start] != '{':
	case d.Status == StatusNone:
		p.event.DNS = nil
	default:
		p.event.DNS = &d
	}
}

func (p *parser) extra() *Extra {
	if p.event.Extra == nil {
		p.event.Extra = &Extra{}
	}
	return p.event.Extra
}
