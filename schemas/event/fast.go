package event

// fast reads an event in one pass, as long as it is as events usually are: keys
// without escapes, whole numbers, an argument's type before its value. Every
// method that reads something returns false where it is not; nothing is said of
// the reason, because the thorough parser will find it again. What it accepts is
// exactly what the thorough parser makes of the same text.
type fast struct {
	data []byte
	text string
	pos  int

	event   *Event
	context *Context
	shape   Shape
	values  []Value
	// pairs are those of the labels that are being read.
	pairs []string
}

// Depths of nesting, as the syntax check counts them.
const (
	depthEvent    = 1
	depthArgument = 3
)

// start begins with a text that is valid UTF-8.
func (f *fast) start(data []byte, text string, e *Event, c *Context) {
	f.data, f.text, f.pos = data, text, 0
	f.event, f.context = e, c
	f.shape.ID, f.shape.Name, f.shape.Args = 0, "", f.shape.Args[:0]
	f.values = f.values[:0]
	*e = Event{Context: c, Hook: hookReplay}
}

// whole reads the text.
func (f *fast) whole() bool {
	if f.space() != '{' || !f.object(inEvent) {
		return false
	}
	f.space()
	return f.pos == len(f.data)
}

// place says in which object of an event a key stands.
type place uint8

const (
	inEvent place = iota
	inExecutable
	inContainer
	inKubernetes
	inFlags
	inLabels
)

// object reads an object, or null, which has no members.
func (f *fast) object(in place) bool {
	if f.data[f.pos] != '{' {
		return f.word("null")
	}
	f.pos++
	if f.space() == '}' {
		f.pos++
		return true
	}
	for {
		key, ok := f.key()
		if !ok || !f.member(in, key) {
			return false
		}
		if done, ok := f.closes('}'); done || !ok {
			return ok
		}
	}
}

// member reads the value of a key.
func (f *fast) member(in place, key string) bool {
	c := f.context
	switch in {
	case inEvent:
		return f.eventMember(key)
	case inExecutable:
		if key == "path" {
			return f.string(&c.Executable)
		}
	case inContainer:
		switch key {
		case "id":
			return f.fill(&c.Container.ID)
		case "name":
			return f.fill(&c.Container.Name)
		case "image":
			return f.fill(&c.Container.Image)
		case "imageDigest":
			return f.fill(&c.Container.ImageDigest)
		case "labels":
			return f.labels(&c.Container.Labels)
		}
	case inKubernetes:
		switch key {
		case "podSandbox":
			return f.bool(&c.Kubernetes.PodSandbox)
		case "podLabels":
			return f.labels(&c.Kubernetes.PodLabels)
		}
		return f.podMember(key, depthEvent+1)
	case inLabels:
		var text string
		ok := f.string(&text)
		f.pairs = append(f.pairs, key, text)
		return ok
	case inFlags:
		switch key {
		case "containerStarted":
			return f.bool(&c.ContainerStarted)
		case "isCompat":
			return f.bool(&f.event.Compat)
		}
	}
	return f.skip(depthEvent + 1)
}

// labels reads an object of texts.
func (f *fast) labels(into **Labels) bool {
	f.pairs = nil
	ok := f.object(inLabels)
	*into = NewLabels(f.pairs...)
	f.pairs = nil
	return ok
}

// space passes over white space and returns the byte after it, 0 at the end.
func (f *fast) space() byte {
	for f.pos < len(f.data) {
		switch b := f.data[f.pos]; b {
		case ' ', '\t', '\r', '\n':
			f.pos++
		default:
			return b
		}
	}
	return 0
}

// key reads a key with its colon and stays at the value, of which there is at
// least one byte.
func (f *fast) key() (string, bool) {
	if f.space() != '"' {
		return "", false
	}
	key, ok := f.quoted()
	if !ok || f.space() != ':' {
		return "", false
	}
	f.pos++
	return key, f.space() != 0
}

// closes passes over a comma, or over the closing bracket: then it is done.
func (f *fast) closes(bracket byte) (done, ok bool) {
	switch f.space() {
	case ',':
		f.pos++
		return false, true
	case bracket:
		f.pos++
		return true, true
	default:
		return false, false
	}
}

// skip passes over any value.
func (f *fast) skip(depth int) bool {
	s := syntax{data: f.data, pos: f.pos}
	ok := s.value(depth) == ""
	f.pos = s.pos
	return ok
}
