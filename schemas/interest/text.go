package interest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxListed is how many entries of a list people are shown.
const maxListed = 3

// String says what is wanted, on one line that is safe for a terminal.
func (i Interest) String() string {
	if len(i.Events) == 0 {
		return "nothing"
	}
	parts := make([]string, len(i.Events))
	for n, e := range i.Events {
		parts[n] = e.String()
	}
	return strings.Join(parts, "; ")
}

// String is the event's name with what it is narrowed to.
func (e Event) String() string {
	name := safe(e.Name)
	if e.Name == All {
		name = "every event"
	}
	if to := e.Narrowed(); to != "" {
		return name + " (" + to + ")"
	}
	return name
}

// Narrowed says what the event is narrowed to, "" for nothing. It is short: of
// long lists only the first entries are named.
func (e Event) Narrowed() string {
	var texts []string
	for _, s := range e.Scopes {
		texts = append(texts, s.String())
	}
	if len(texts) > maxListed {
		texts = append(texts[:maxListed], fmt.Sprintf("%d more", len(texts)-maxListed))
	}
	return strings.Join(texts, " or ")
}

// Fields names the fields that any scope of the event has, in a fixed order.
func (e Event) Fields() []string {
	var fields []string
	for _, field := range []struct {
		name string
		has  func(Scope) bool
	}{
		{"path", func(s Scope) bool { return len(s.Paths) > 0 }},
		{"comm", func(s Scope) bool { return len(s.Comms) > 0 }},
		{"uid", func(s Scope) bool { return len(s.UIDs) > 0 }},
		{"origin", func(s Scope) bool { return s.Origin != "" }},
	} {
		if slices.ContainsFunc(e.Scopes, field.has) {
			fields = append(fields, field.name)
		}
	}
	return fields
}

// String is the scope in words.
func (s Scope) String() string {
	var parts []string
	if len(s.Paths) > 0 {
		parts = append(parts, "paths under "+listed(s.Paths))
	}
	if len(s.Comms) > 0 {
		parts = append(parts, "comm "+listed(s.Comms))
	}
	if len(s.UIDs) > 0 {
		ids := make([]string, len(s.UIDs))
		for n, id := range s.UIDs {
			ids[n] = strconv.FormatUint(uint64(id), 10)
		}
		parts = append(parts, "uid "+listed(ids))
	}
	switch s.Origin {
	case OriginHost:
		parts = append(parts, "processes outside containers")
	case OriginContainer:
		parts = append(parts, "processes in containers")
	}
	if len(parts) == 0 {
		return "any kind"
	}
	return strings.Join(parts, ", ")
}

// listed joins a list, shortened where it is long.
func listed(list []string) string {
	shown := list
	if len(list) > maxListed {
		shown = list[:maxListed]
	}
	texts := make([]string, len(shown))
	for n, text := range shown {
		texts[n] = safe(text)
	}
	text := strings.Join(texts, "|")
	if more := len(list) - len(shown); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// safe returns a text as a terminal may show it: what could be misread, or does
// more than show, is quoted.
func safe(text string) string {
	if quoted := strconv.Quote(text); quoted != `"`+text+`"` || text == "" || strings.ContainsAny(text, " |,;") {
		return quoted
	}
	return text
}
