package event

import (
	"unicode/utf8"
	"unsafe"
)

const (
	// maxSlab is how many contexts are made at once when there are many.
	maxSlab = 64
	// slabValues is how many values are made with each of them.
	slabValues = 4
	// maxShapes bounds the kinds of events that are remembered, because imported
	// events may bring any number.
	maxShapes = 4096
	// maxAlike bounds how many of them have one name: they are searched through.
	maxAlike = 64
)

// Parser reads many events as ParseJSON does one, several times faster: the
// events of a kind share their Shape, and memory is taken for many at once. One
// goroutine may use it at a time. The zero Parser is ready.
type Parser struct {
	contexts []Context
	values   []Value
	slab     int
	kinds    map[string][]*Shape
	shapes   int
	fast     fast
	// proto is set while events come in the form of Tracee's protobuf schema.
	proto bool
	// single is set for one event that may keep parts of its own text.
	single bool
}

// Parse reads one event, as ParseJSON does, into e. The event's texts are parts
// of data, which must stay as it is for as long as any of them is in use. After
// an error, e is of no use.
func (p *Parser) Parse(data []byte, e *Event) error {
	return p.either(data, unsafe.String(unsafe.SliceData(data), len(data)), e)
}

// either reads an event of either form; a stream keeps to one.
func (p *Parser) either(data []byte, text string, e *Event) error {
	var flatErr error
	if !p.proto {
		flatErr = p.parse(data, text, e)
		if flatErr == nil && e.Shape.Name != "" {
			return nil
		}
	}
	read, is, err := parseProto(data, text)
	switch {
	case !is && p.proto:
		p.proto = false
		return p.parse(data, text, e)
	case !is:
		return flatErr
	case err != nil:
		return err
	}
	p.proto = true
	*e = *read
	e.Shape = p.shape(e.Shape)
	return nil
}

// parse reads what is usual in one pass. Where anything is not, the thorough
// way from the beginning decides what it means or what is wrong with it.
func (p *Parser) parse(data []byte, text string, e *Event) error {
	if utf8.Valid(data) && p.usual(data, text, e) {
		return nil
	}
	read, err := parseThoroughly(data)
	if err != nil {
		return err
	}
	*e = *read
	e.Shape = p.shape(e.Shape)
	return nil
}

// usual reads an event in one pass and reports whether it could.
func (p *Parser) usual(data []byte, text string, e *Event) bool {
	if len(p.contexts) == 0 {
		// The first event may be the only one.
		p.slab = min(max(1, 2*p.slab), maxSlab)
		p.contexts = make([]Context, p.slab)
	}
	c := &p.contexts[0]
	f := &p.fast
	f.start(data, text, e, c)
	if !f.whole() {
		*c = Context{}
		return false
	}
	p.contexts = p.contexts[1:]
	e.Values = p.keep(f.values)
	e.Shape = p.shape(&f.shape)
	c.Node = c.HostName
	return true
}

// keep copies values out of memory that is used again.
func (p *Parser) keep(values []Value) []Value {
	n := len(values)
	if n == 0 {
		return nil
	}
	if n > len(p.values) {
		p.values = make([]Value, max(n, slabValues*p.slab))
	}
	kept := p.values[:n:n]
	p.values = p.values[n:]
	copy(kept, values)
	return kept
}

// shape returns the one Shape of all events of a kind.
func (p *Parser) shape(s *Shape) *Shape {
	if p.single {
		return &Shape{ID: s.ID, Name: s.Name, Args: append([]ArgSpec(nil), s.Args...)}
	}
	alike := p.kinds[s.Name]
	for _, known := range alike {
		if known.ID == s.ID && sameArgs(known.Args, s.Args) {
			return known
		}
	}
	own := s.clone()
	if p.shapes < maxShapes && len(alike) < maxAlike {
		if p.kinds == nil {
			p.kinds = make(map[string][]*Shape)
		}
		p.kinds[own.Name] = append(alike, own)
		p.shapes++
	}
	return own
}

func sameArgs(a, b []ArgSpec) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
