package terminal

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/finding"
)

// style is a sequence of SGR parameters. Only the 16 basic colours are used:
// they follow the theme that the reader has chosen.
type style string

const (
	plain  style = ""
	bold   style = "1"
	dim    style = "2"
	red    style = "31"
	green  style = "32"
	yellow style = "33"
	blue   style = "34"
	cyan   style = "36"
)

// severityStyle makes the worst stand out most.
func severityStyle(s finding.Severity) style {
	switch s {
	case finding.SeverityCritical:
		return "1;97;41"
	case finding.SeverityHigh:
		return "1;31"
	case finding.SeverityMedium:
		return yellow
	case finding.SeverityLow:
		return cyan
	default:
		return blue
	}
}

// page collects the lines of one finding.
type page struct {
	opts Options
	out  strings.Builder
}

// paint returns a text in a style. The text must be safe already.
func (p *page) paint(s style, text string) string {
	if !p.opts.Color || s == plain || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

// line writes one line, cut to the width. Cutting keeps the sequences behind
// the cut, so that colours never leak into the next line.
func (p *page) line(text string) {
	if p.opts.Width > 0 {
		text = ansi.Truncate(text, p.opts.Width, "…")
	}
	p.out.WriteString(strings.TrimRight(text, " "))
	p.out.WriteByte('\n')
}

// field writes a labelled line.
func (p *page) field(label, text string) {
	p.line("  " + p.paint(dim, pad(label, 9)) + " " + text)
}

// safe returns a text as it may be shown.
func safe(text string) string { return event.Printable(text) }

// shorten returns a safe text cut to a number of columns.
func shorten(text string, columns int) string { return ansi.Truncate(safe(text), columns, "…") }

// shortenSafe is shorten for a text that is safe already.
func shortenSafe(text string) string { return ansi.Truncate(text, maxValue, "…") }

// pad fills a safe text with spaces up to a number of columns.
func pad(text string, columns int) string {
	return text + strings.Repeat(" ", max(columns-ansi.StringWidth(text), 0))
}
