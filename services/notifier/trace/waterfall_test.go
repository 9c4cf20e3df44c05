package trace

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/weirsec/weir/schemas/finding"
)

var update = flag.Bool("update", false, "rewrite golden files")

func TestWaterfall(t *testing.T) {
	tests := []struct {
		name  string
		width int
		color bool
	}{{"wide", 80, false}, {"narrow", 30, false}, {"color", 60, true}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Waterfall(sample(t), tt.width, tt.color)
			path := filepath.Join("testdata", "waterfall_"+tt.name+".golden")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if strings.Contains(got, "\x1b") != tt.color {
				t.Errorf("escapes in the output: %v, want %v", !tt.color, tt.color)
			}
		})
	}
}

// No stamps, however odd, draw outside of the width.
func TestWaterfallKeepsToItsWidth(t *testing.T) {
	times := []int64{0, 1, 5, 1000, 1 << 62, -7}
	for _, in := range times {
		for _, out := range times {
			d := finding.Detection{ID: "x", Time: 3, Stamps: []finding.Stamp{
				stamp("collector", in, out), stamp("detector", out, in), stamp("notifier", 8, 900),
			}}
			for line := range strings.Lines(Waterfall(d, 80, false)) {
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 81 {
					t.Errorf("stamp %d, %d: line of %d columns: %s", in, out, n, line)
				}
			}
		}
	}
	if got := Waterfall(finding.Detection{ID: "x", Time: 3}, 80, false); got != "" {
		t.Errorf("without stamps: %q", got)
	}
}

func TestDuration(t *testing.T) {
	tests := []struct {
		nanoseconds int64
		want        string
	}{
		{0, "0.000 ms"},
		{1_500, "0.002 ms"},
		{400_000, "0.400 ms"},
		{7_800_000, "7.80 ms"},
		{43_210_000, "43.2 ms"},
		{812_000_000, "812 ms"},
		{9_812_000_000, "9812 ms"},
		{61_000_000_000, "61.0 s"},
		{36_000_000_000_000, "10.0 h"},
	}
	for _, tt := range tests {
		if got := duration(tt.nanoseconds); got != tt.want {
			t.Errorf("duration(%d) = %q, want %q", tt.nanoseconds, got, tt.want)
		}
	}
}
