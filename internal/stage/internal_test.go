package stage

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/ledger"
)

func TestPermanent(t *testing.T) {
	base := errors.New("base")
	for _, c := range []struct {
		name string
		err  error
		want bool
	}{
		{"nil", nil, false},
		{"plain", base, false},
		{"marked", Permanent(base), true},
		{"wrapped", fmt.Errorf("more: %w", Permanent(base)), true},
		{"joined", errors.Join(base, Permanent(base)), true},
		{"nil marked", Permanent(nil), false},
	} {
		if got := IsPermanent(c.err); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if !errors.Is(Permanent(base), base) || Permanent(base).Error() != "base" {
		t.Error("the mark hides the error")
	}
}

func TestPrintable(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"plain text", "plain text"},
		{"two\r\nlines", "two??lines"},
		{"\x1b[31mred\x00", "?[31mred?"},
		{"bad \xff utf8", "bad ? utf8"},
		{"München", "München"},
		{strings.Repeat("ü", maxReason), strings.Repeat("ü", maxReason/2)},
	} {
		if got := printable(c.in); got != c.want {
			t.Errorf("printable(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// One line of valid text, whatever comes in.
func FuzzPrintable(f *testing.F) {
	f.Add("a\r\nb")
	f.Add("\xff\x1b\u202e")
	f.Fuzz(func(t *testing.T, in string) {
		out := printable(in)
		if len(out) > maxReason || strings.ContainsAny(out, "\r\n\x00\x1b") || printable(out) != out {
			t.Fatalf("printable(%q) = %q", in, out)
		}
	})
}

func TestBackoffStaysInBounds(t *testing.T) {
	p := &partition{r: &Runner{cfg: Config{MinBackoff: 10 * time.Millisecond, MaxBackoff: time.Second}}}
	for p.failures = 1; p.failures < 100; p.failures++ {
		for range 10 {
			if d := p.backoff(); d < 5*time.Millisecond || d > time.Second {
				t.Fatalf("backoff after %d failures is %v", p.failures, d)
			}
		}
	}
}

// A report that would be too large tells of no run: then none is taken for unread.
func TestReportIsBounded(t *testing.T) {
	for _, c := range []struct {
		most, runs int
		since      int64
	}{{1 << 20, 100, 7}, {2000, 0, math.MaxInt64}} {
		r := &ledger.Report{Stage: "enricher", Since: 7, Runs: make([]ledger.Run, 100)}
		value, err := encodeReport(r, c.most)
		if err != nil || len(value) > c.most {
			t.Fatal(len(value), err)
		}
		if got, err := ledger.ParseReport(value); err != nil || len(got.Runs) != c.runs || got.Since != c.since {
			t.Errorf("%d runs since %d, %v", len(got.Runs), got.Since, err)
		}
	}
}
