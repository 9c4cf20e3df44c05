package explain

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/interest"
)

// Write writes the explanation for people. Texts of events and authors are made
// safe for a terminal.
func (x *Explanation) Write(w io.Writer) error {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	p("%s %s (%s)\n", event.Printable(x.Signature), event.Printable(x.Version), event.Printable(x.Source))
	p("event %s from %s: %s\n", event.Printable(x.EventName), x.Origin, x.verdict())
	if x.Error != "" {
		p("  %s\n", event.Printable(x.Error))
	}
	for _, data := range x.Data {
		if data != nil {
			p("  data %s\n", event.Printable(jsonText(data)))
		}
	}
	p("\nselectors\n")
	if len(x.Selectors) == 0 {
		p("  none, so no event reaches the signature\n")
	}
	for _, s := range x.Selectors {
		p("  %s %s%s\n", mark(s.Takes), event.Printable(s.describe()), because(s.Reason))
	}
	if len(x.Needs) > 0 {
		p("\nwanted of the kernel\n")
	}
	for _, e := range x.Needs {
		p("  %s %s\n", x.recorded(e), e)
	}
	if x.Outcome == NotSelected && len(x.Rules) > 0 {
		p("\nthe event never reaches the rules; if it did:\n")
	}
	for _, r := range x.Rules {
		r.write(&b)
	}
	if x.Note != "" {
		p("\n%s\n", x.Note)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// verdict is the outcome in a few words.
func (x *Explanation) verdict() string {
	switch {
	case x.Outcome == Matched && len(x.Data) > 1:
		return fmt.Sprintf("%d matches", len(x.Data))
	case x.Outcome == Failed:
		return "the evaluation failed"
	default:
		return string(x.Outcome)
	}
}

// recorded marks what is wanted of the kernel by whether the event is of it.
func (x *Explanation) recorded(e interest.Event) string {
	if e.Name != x.EventName && e.Name != interest.All {
		return "·"
	}
	return mark(x.Recorded)
}

func (s Selector) describe() string {
	text := fmt.Sprintf("source %s, name %s, origin %s", s.Source, s.Name, s.Origin)
	if s.Where != nil {
		text += ", where " + s.Where.String()
	}
	return text
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + event.Printable(reason)
}

func mark(good bool) string {
	if good {
		return "✓"
	}
	return "✗"
}

// write writes one rule: its expressions, and beside each what it was about.
func (r Rule) write(b *strings.Builder) {
	fmt.Fprintf(b, "\n%s %s, %s:%d%s\n", mark(r.Holds), event.Printable(r.Name), event.Printable(r.File), r.Line, calls(r.Calls))
	width := 0
	for _, s := range r.Steps {
		width = max(width, utf8.RuneCountInString(event.Printable(s.Text)))
	}
	// A long expression does not push the values off the screen.
	width = min(width, 60)
	for _, s := range r.Steps {
		text := event.Printable(s.Text)
		line := fmt.Sprintf("  %s %4d  %s%s", s.sign(), s.Line, text, strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text))))
		b.WriteString(strings.TrimRight(line+"  "+s.remarks(), " ") + "\n")
		if s.Hint != "" {
			fmt.Fprintf(b, "          %s\n", event.Printable(s.Hint))
		}
	}
}

// calls says how often a rule was entered, where that was more than once.
func calls(n int) string {
	if n == 1 {
		return ""
	}
	return fmt.Sprintf(" (the furthest of %d calls)", n)
}

func (s Step) sign() string {
	switch s.Status {
	case StepTrue:
		return "✓"
	case StepFailed:
		return "✗"
	default:
		return "·"
	}
}

// remarks are the values of a step, and how often it was tried.
func (s Step) remarks() string {
	var parts []string
	for _, v := range s.Values {
		parts = append(parts, event.Printable(v.Name+" = "+v.Value))
	}
	if s.Tries > 1 {
		parts = append(parts, fmt.Sprintf("for none of %d values", s.Tries))
	}
	return strings.Join(parts, ", ")
}
