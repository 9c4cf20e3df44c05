package redact

import "strings"

// Args returns the argument list with its secrets masked. It returns argv
// itself where there are none, and never changes it.
func Args(argv []string) []string {
	out := editor{list: argv}
	for i, a := range argv {
		if i == 0 {
			continue
		}
		name, value, assigned := strings.Cut(a, "=")
		switch flag := strings.HasPrefix(a, "-") && strings.IndexByte(name, ' ') < 0; {
		case flag && assigned && sensitive(name) && secretValue(value):
			out.set(i, name+"="+Mask) // the whole argument is the value
		case flag && !assigned && i+1 < len(argv) && sensitive(name) && secretValue(argv[i+1]):
			if !strings.HasPrefix(argv[i+1], "-") {
				out.set(i+1, Mask)
			}
		}
		if out.at(i) == a {
			out.set(i, commands(text(a)))
		}
	}
	if len(argv) > 1 {
		if h, ok := habitOf(argv[0]); ok {
			return habitual(h, argv, out)
		}
	}
	return out.list
}

// habitual masks what is not masked yet by the program's habit.
func habitual(h habit, argv []string, out editor) []string {
	h.apply(argv[1:], func(i int, s string) {
		if out.at(i+1) == argv[i+1] {
			out.set(i+1, s)
		}
	})
	return out.list
}

// Env returns the environment ("NAME=value") with its secrets masked. It
// returns env itself where there are none, and never changes it.
func Env(env []string) []string {
	out := editor{list: env}
	for i, v := range env {
		name, value, _ := strings.Cut(v, "=")
		if value != "" && sensitive(name) {
			out.set(i, name+"="+Mask)
			continue
		}
		out.set(i, text(v))
	}
	return out.list
}

// secretValue reports whether a value can be a secret: what the shell is still
// to make of it is a command.
func secretValue(s string) bool { return s != "" && s[0] != '$' && s[0] != '`' }

// editor changes a list that must not be changed: it copies it first.
type editor struct {
	list   []string
	copied bool
}

func (e *editor) at(i int) string { return e.list[i] }

func (e *editor) set(i int, s string) {
	if e.list[i] == s {
		return
	}
	if !e.copied {
		e.list, e.copied = append([]string(nil), e.list...), true
	}
	e.list[i] = s
}
