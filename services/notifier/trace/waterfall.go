package trace

import (
	"fmt"
	"strings"
	"time"

	"github.com/weirsec/weir/schemas/finding"
)

const (
	// labelWidth and timeWidth are the columns beside the bars, in cells.
	labelWidth = 10
	timeWidth  = 11
	minBar     = 10
	maxBar     = 100
)

// Waterfall draws the stages of a detection as bars over the time from the
// kernel to the broker, one line each, for a terminal of that many columns. A
// gap between two bars is time spent waiting in the broker. Every line ends
// with a line feed. It returns "" for a detection without stamps.
func Waterfall(d finding.Detection, width int, color bool) string {
	planned, _ := steps(&d)
	root := planned[0]
	if len(planned) == 1 {
		return ""
	}
	bar := min(max(width-labelWidth-timeWidth-2, minBar), maxBar)
	var out strings.Builder
	fmt.Fprintf(&out, "  kernel→alert %s\n", duration(root.end-root.start))
	for _, s := range planned[1:] {
		from, cells := place(root, s, bar)
		line := strings.Repeat(" ", from) + paint(s.label, strings.Repeat("▇", cells), color)
		rest := strings.Repeat(" ", bar-from-cells)
		fmt.Fprintf(&out, "  %-*s%s%s%*s\n", labelWidth, s.label, line, rest, timeWidth, duration(s.end-s.start))
	}
	return out.String()
}

// place returns where a bar begins and how many cells it covers: at least one,
// and always inside the drawing.
func place(root, s step, cells int) (from, covered int) {
	whole := float64(max(root.end-root.start, 1))
	from = int(float64(s.start-root.start) / whole * float64(cells))
	to := int(float64(s.end-root.start)/whole*float64(cells) + 0.5)
	from = min(from, cells-1)
	return from, min(max(to-from, 1), cells-from)
}

// duration renders nanoseconds with about three digits, the precision at which
// two runs differ anyway.
func duration(nanoseconds int64) string {
	ms := float64(nanoseconds) / float64(time.Millisecond)
	switch {
	case ms >= 10_000_000:
		return fmt.Sprintf("%.1f h", ms/3_600_000)
	case ms >= 10_000:
		return fmt.Sprintf("%.1f s", ms/1000)
	case ms >= 100:
		return fmt.Sprintf("%.0f ms", ms)
	case ms >= 10:
		return fmt.Sprintf("%.1f ms", ms)
	case ms >= 1:
		return fmt.Sprintf("%.2f ms", ms)
	default:
		return fmt.Sprintf("%.3f ms", ms)
	}
}

func paint(label, bar string, color bool) string {
	if !color {
		return bar
	}
	code := map[string]int{"kernel": 35, "publish": 34, "enrich": 36, "detect": 33, "notify": 32, "commit": 32}[label]
	return fmt.Sprintf("\x1b[%dm%s\x1b[0m", code, bar)
}
