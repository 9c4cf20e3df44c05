package explain

import (
	"errors"
	"strings"
	"testing"

	"github.com/weirsec/weir/signatures/sdk"
)

func TestWrite(t *testing.T) {
	cases := []struct {
		name        string
		explanation Explanation
		want        []string
	}{
		{"no selectors", Explanation{Outcome: NotSelected}, []string{"not selected\n", "none, so no event reaches the signature"}},
		{"several matches", Explanation{Outcome: Matched, Data: []map[string]any{{"a": 1}, nil, {"b": "<&>"}}}, []string{
			"3 matches\n", `data {"a":1}`, `data {"b":"<&>"}`,
		}},
		{"a fault", Explanation{Outcome: Failed, Error: "conflict\x1b"}, []string{"the evaluation failed\n", `conflict\x1b`}},
		{"a reason", Explanation{Selectors: []Selector{
			{Selector: sdk.Selector{Source: "tracee", Name: "a", Origin: "*"}, Reason: "the event is b"},
		}}, []string{"✗ source tracee, name a, origin *: the event is b"}},
		{"a note", Explanation{Note: "nothing to see"}, []string{"\nnothing to see\n"}},
		{"calls", Explanation{Rules: []Rule{{Name: "f", File: "a.rego", Line: 3, Holds: true, Calls: 4}}}, []string{
			"✓ f, a.rego:3 (the furthest of 4 calls)",
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var text strings.Builder
			if err := c.explanation.Write(&text); err != nil {
				t.Fatal(err)
			}
			for _, want := range c.want {
				if !strings.Contains(text.String(), want) {
					t.Errorf("does not say %q:\n%s", want, text.String())
				}
			}
		})
	}
}

// full is a place that takes nothing.
type full struct{}

var errFull = errors.New("no space left")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestWriteFails(t *testing.T) {
	if err := (&Explanation{}).Write(full{}); !errors.Is(err, errFull) {
		t.Error(err)
	}
}

func TestOneLine(t *testing.T) {
	if got := oneLine("a\n\t b  c"); got != "a b c" {
		t.Error(got)
	}
	if got := oneLine(strings.Repeat("ü", 2*maxText)); got != strings.Repeat("ü", maxText)+"…" {
		t.Error(got)
	}
}
