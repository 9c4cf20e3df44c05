package terminal

import (
	"bytes"
	"encoding/json"
	"strings"
)

// maxValue is how many columns one value gets: an argument of a megabyte would
// bury everything else.
const maxValue = 160

// observed is what is shown of the triggering event.
type observed struct {
	Name    string      `json:"eventName"`
	Process string      `json:"processName"`
	PID     int64       `json:"hostProcessId"`
	Return  json.Number `json:"returnValue"`
	Args    []argument  `json:"args"`
}

type argument struct {
	Name  string          `json:"name"`
	Value json.RawMessage `json:"value"`
}

// readObserved reads the event in its flat form. One that has another form is
// shown as far as it was understood; the whole stays in the CloudEvent.
func readObserved(raw json.RawMessage) observed {
	var seen observed
	_ = json.Unmarshal(raw, &seen)
	return seen
}

// describe returns the event with its arguments and its result.
func (o observed) describe() string {
	var b strings.Builder
	b.WriteString(safe(o.Name))
	for _, a := range o.Args {
		b.WriteString(" " + safe(a.Name) + "=" + value(a.Value))
	}
	if o.Return != "" {
		b.WriteString(" → " + safe(o.Return.String()))
	}
	return b.String()
}

// value shows a text bare where that is unmistakable, else its JSON.
func value(raw json.RawMessage) string {
	var text string
	if len(raw) > 0 && raw[0] == '"' && json.Unmarshal(raw, &text) == nil {
		return word(text)
	}
	return shortJSON(raw)
}

// shortJSON shows JSON on one line. Its own escapes are undone first, so that a
// text looks the same wherever it is shown.
func shortJSON(raw json.RawMessage) string {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if dec.Decode(&v) != nil || enc.Encode(v) != nil {
		return shorten(string(raw), maxValue)
	}
	return showJSON(strings.TrimRight(b.String(), "\n"))
}

// showJSON is safe for JSON: its backslashes are escapes already and stay.
func showJSON(text string) string {
	parts := strings.Split(text, `\`)
	for i := range parts {
		parts[i] = safe(parts[i])
	}
	return shortenSafe(strings.Join(parts, `\`))
}
