package sigtest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/weirsec/weir/schemas/event"
)

// Failure is one thing that was not as expected.
type Failure struct {
	// Event is the place of the event in its case, from 0, and EventName what
	// it is called; -1 and "" where the failure is of no single event.
	Event     int    `json:"event"`
	EventName string `json:"event_name,omitempty"`
	Message   string `json:"message"`
	// Diff holds the lines in which two documents differ: "-" before what was
	// expected, "+" before what came, " " before the lines around.
	Diff []string `json:"diff,omitempty"`
}

// String returns the failure on one line, or on several with the difference.
func (f Failure) String() string {
	text := event.Printable(f.Message)
	if f.Event >= 0 {
		text = fmt.Sprintf("event %d (%s): %s", f.Event, event.Printable(f.EventName), text)
	}
	for _, line := range f.Diff {
		text += "\n    " + event.Printable(line)
	}
	return text
}

// maxDiff is how many lines of a difference are told.
const maxDiff = 40

// diff compares two documents line by line, as indented JSON with its keys in
// order: the longest lines in common stay, the others are marked.
func diff(want, got any) []string {
	a, b := lines(want), lines(got)
	common := make([][]int, len(a)+1)
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := range slices.Backward(a) {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var out []string
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			out = append(out, "  "+a[i])
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			out = append(out, "- "+a[i])
			i++
		default:
			out = append(out, "+ "+b[j])
			j++
		}
	}
	if len(out) > maxDiff {
		out = append(out[:maxDiff], fmt.Sprintf("… and %d lines more", len(out)-maxDiff))
	}
	return out
}

// maxDocument is how many lines of a document are compared, so that a document
// of any size takes a bounded time.
const maxDocument = 1000

// lines returns a document as it is compared. A comma at the end of a line says
// only that another one follows.
func lines(document any) []string {
	text, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return []string{err.Error()}
	}
	list := strings.Split(string(text), "\n")
	for i, line := range list {
		list[i] = strings.TrimSuffix(line, ",")
	}
	return list[:min(len(list), maxDocument)]
}
