package event

// String returns an argument that is a text or a byte string, as observed.
func (e *Event) String(name string) (string, bool) {
	v, _ := e.Arg(name)
	return v.Text(), v.kind == KindString || v.kind == KindBytes
}

// Strings returns an argument that is a list of texts. The caller must not
// change it.
func (e *Event) Strings(name string) ([]string, bool) {
	v, _ := e.Arg(name)
	return v.List(), v.kind == KindStrings
}

// Int returns an argument that is a whole number. Where the event carries it in
// words ("PTRACE_TRACEME", "O_WRONLY|O_CREAT"), it returns the number that they
// stand for, so that signatures which compare numbers see both eras alike.
func (e *Event) Int(name string) (int64, bool) {
	v, ok := e.Arg(name)
	if !ok {
		return 0, false
	}
	if v.kind == KindString {
		t := tableOf(e.Shape.Name, name)
		if t == nil {
			return 0, false
		}
		return t.number(v.Text())
	}
	return v.Int()
}

// Symbol returns an argument in words, whether the event carries the words or
// the number that they stand for.
func (e *Event) Symbol(name string) (string, bool) {
	for i := range e.Shape.Args {
		if e.Shape.Args[i].Name == name {
			v, _ := e.Parsed(i)
			return v.Text(), v.kind == KindString
		}
	}
	return "", false
}
