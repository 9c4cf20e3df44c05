package main

import (
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/weirsec/weir/schemas/event"
)

// minColumn is how narrow a column of a fittedTable gets at most, in characters.
const minColumn = 12

// fittedTable is a table whose lines fit the terminal: columns that have room
// to give lose their ends (paths their beginnings, which tell less). The zero
// fittedTable is empty and shrinks nothing.
type fittedTable struct {
	// shrink names the columns that may lose something, the widest one first.
	shrink []int
	rows   [][]string
}

// add adds a line. Its texts are made safe for a terminal.
func (t *fittedTable) add(cells ...string) {
	for i := range cells {
		cells[i] = event.Printable(cells[i])
	}
	t.rows = append(t.rows, cells)
}

// write writes the table, no wider than so many characters if it can; 0 is any
// width.
func (t *fittedTable) write(w io.Writer, width int) error {
	widths := t.fit(width)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range t.rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = shortened(cell, widths[i])
		}
		if _, err := io.WriteString(table, strings.Join(cells, "\t")+"\n"); err != nil {
			return err
		}
	}
	return table.Flush()
}

// fit returns how wide each column may be.
func (t *fittedTable) fit(width int) []int {
	widths := t.widths()
	line := -2 // nothing stands behind the last column
	for _, n := range widths {
		line += n + 2
	}
	for ; width > 0 && line > width; line-- {
		widest := -1
		for _, column := range t.shrink {
			if widths[column] > minColumn && (widest < 0 || widths[column] > widths[widest]) {
				widest = column
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
	}
	return widths
}

// widths returns how wide each column is, in characters.
func (t *fittedTable) widths() []int {
	var widths []int
	for _, row := range t.rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	return widths
}

// shortened returns a text in at most so many characters: a path keeps its end,
// where its name is, and everything else its beginning.
func shortened(text string, most int) string {
	runes := []rune(text)
	switch {
	case len(runes) <= most:
		return text
	case strings.Contains(text, "/"):
		return "…" + string(runes[len(runes)-most+1:])
	default:
		return string(runes[:most-1]) + "…"
	}
}

// terminalWidth returns how many characters a line of the terminal w has, 0
// where w is none.
func terminalWidth(w io.Writer) int {
	file, ok := w.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(file.Fd())) //nolint:gosec // descriptors are small
	if err != nil {
		return 0
	}
	return width
}
