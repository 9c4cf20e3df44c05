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
		t := e.tableOf(name)
		if t == nil {
			return 0, false
		}
		return t.number(v.Text())
	}
	return v.Int()
}

// Symbol returns an argument in words ("SIGKILL", "MS_BIND|MS_REC"), whether the
// event carries the words or the number that they stand for. It knows more words
// than the flat form has, where some arguments stay numbers.
func (e *Event) Symbol(name string) (string, bool) {
	v, ok := e.Arg(name)
	switch {
	case !ok:
		return "", false
	case v.kind != KindInt && v.kind != KindUint:
		return v.Text(), v.kind == KindString
	}
	t := e.tableOf(name)
	if t == nil {
		return "", false
	}
	return t.text(v.num), true
}
