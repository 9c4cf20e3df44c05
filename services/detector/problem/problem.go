package problem

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Severity tells what a problem did.
type Severity string

// The severities.
const (
	// Error means that the file, or the signature in it, was not loaded.
	Error Severity = "error"
	// Warning means that it was loaded, and may not do what its author wants.
	Warning Severity = "warning"
)

// Problem is one thing that is wrong with one file.
type Problem struct {
	Severity Severity `json:"severity"`
	// File is the file's name, or the directory's.
	File string `json:"file"`
	// Line and Column count from 1; 0 where the place is not known.
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Message string `json:"message"`
	// Source is the line of the file, without its end.
	Source string `json:"source,omitempty"`
}

// maxSource is how much of a line is shown, in runes.
const maxSource = 160

// String returns the problem on one line, followed by the source line and a
// caret under the place where those are known. It holds no control characters
// but the line ends between them.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(plain(p.File))
	if p.Line > 0 {
		b.WriteString(":" + strconv.Itoa(p.Line))
		if p.Column > 0 {
			b.WriteString(":" + strconv.Itoa(p.Column))
		}
	}
	b.WriteString(": ")
	if p.Severity == Warning {
		b.WriteString("warning: ")
	}
	b.WriteString(plain(p.Message))
	if strings.TrimSpace(p.Source) == "" {
		return b.String()
	}
	line, caret := p.excerpt()
	b.WriteString("\n    " + line)
	if caret >= 0 {
		b.WriteString("\n    " + strings.Repeat(" ", caret) + "^")
	}
	return b.String()
}

// excerpt returns the source line as shown and the caret's place in it, -1
// where there is none.
func (p Problem) excerpt() (string, int) {
	caret := -1
	var b strings.Builder
	shown := 0
	// Columns count bytes; a tab takes one place, so that the caret stays put.
	for i, r := range p.Source {
		if p.Column > 0 && i < p.Column {
			caret = shown
		}
		if shown == maxSource {
			b.WriteString("…")
			break
		}
		b.WriteString(plain(string(r)))
		shown++
	}
	if p.Column > len(p.Source) {
		caret = shown
	}
	if p.Column <= 0 {
		caret = -1
	}
	return strings.TrimRight(b.String(), " "), caret
}

// plain replaces what a terminal could take for a command.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			return ' '
		case r == utf8.RuneError || !unicode.IsPrint(r):
			return utf8.RuneError
		default:
			return r
		}
	}, text)
}
