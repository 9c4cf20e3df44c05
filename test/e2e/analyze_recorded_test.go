package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// recordedCase is one of the cases in which Tracee's findings were recorded.
type recordedCase struct {
	Events []map[string]any `json:"events"`
	Expect struct {
		Host      []recordedFinding `json:"engine_all"`
		Container []recordedFinding `json:"engine_all_as_container"`
	} `json:"expect"`
	Signature struct {
		ID string `json:"id"`
	} `json:"signature"`
}

type recordedFinding struct {
	Event     int            `json:"event_index"`
	Signature string         `json:"signature_id"`
	Data      map[string]any `json:"data"`
}

// recordedCases returns the cases in the files of a pattern.
func recordedCases(t *testing.T, pattern string) []recordedCase {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(moduleRoot(t), "../shared/conformance/tracee", pattern))
	if len(files) == 0 {
		t.Skip("the shared folder with the recorded behaviour is absent")
	}
	var cases []recordedCase
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var c recordedCase
		if err := json.Unmarshal(text, &c); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	return cases
}

// A stream of all recorded events gives exactly the findings that Tracee's
// engine gave, in each form of input, by the shipped signatures.
func TestAnalyzeRecordedFindings(t *testing.T) {
	cases := recordedCases(t, "rego-signatures/v0.22.6/*/*.json")
	for _, container := range []bool{false, true} {
		t.Run(fmt.Sprint("container=", container), func(t *testing.T) {
			stream, want, ids := recordedStream(t, cases, container)
			if len(want) < 10 {
				t.Fatalf("only %d findings are expected", len(want))
			}
			args := []string{"analyze", "--pack", "tracee-parity", "--output", "json"}
			for _, id := range ids {
				args = append(args, "--signature", id)
			}
			recording := filepath.Join(t.TempDir(), "events.weir")
			stdout, stderr, code := outputWith(t, nil, strings.NewReader(stream), "weir", append(args, "--input", "-", "--record", recording)...)
			if code != 0 {
				t.Fatalf("exit code %d:\n%s", code, stderr)
			}
			compareRecorded(t, "lines", stdout, want)
			stdout, stderr, code = output(t, "weir", append(args, "--input", recording)...)
			if code != 0 {
				t.Fatalf("exit code %d:\n%s", code, stderr)
			}
			compareRecorded(t, "recording", stdout, want)
		})
	}
}

// A signature that remembers events gives the findings that were recorded, case
// by case, in both eras of events.
func TestAnalyzeRecordedState(t *testing.T) {
	found := 0
	for _, c := range recordedCases(t, "go-signatures/*/TRC-1013_*/*.json") {
		c.Expect.Container = slices.DeleteFunc(c.Expect.Container, func(f recordedFinding) bool { return f.Signature != c.Signature.ID })
		stream, want, _ := recordedStream(t, []recordedCase{c}, true)
		found += len(want)
		stdout, stderr, code := outputWith(t, nil, strings.NewReader(stream), "weir", "analyze", "--pack", "tracee-parity",
			"--signature", c.Signature.ID, "--output", "json", "--input", "-")
		if code != 0 {
			t.Fatalf("exit code %d:\n%s", code, stderr)
		}
		compareRecorded(t, stream, stdout, want)
	}
	if found == 0 {
		t.Error("no finding is expected")
	}
}

// noisy is a signature that its authors took out of the set they ship, as it is
// out of the pack here.
const noisy = "TRC-8"

// recordedStream returns the events of the cases as lines, and what they give.
func recordedStream(t *testing.T, cases []recordedCase, container bool) (stream string, want []string, ids []string) {
	t.Helper()
	var lines strings.Builder
	line := 0
	for _, c := range cases {
		expected := c.Expect.Host
		if container {
			expected = c.Expect.Container
		}
		seen := map[string]bool{}
		for _, f := range expected {
			// Tracee delivers an event up to four times, Weir once.
			if f.Signature == noisy {
				continue
			}
			if one := describeFinding(t, line+f.Event+1, f.Signature, f.Data); !seen[one] {
				seen[one] = true
				want = append(want, one)
			}
		}
		for _, e := range c.Events {
			e := maps.Clone(e)
			if container {
				e["contextFlags"] = map[string]any{"containerStarted": true, "isCompat": false}
				if e["containerId"] == "" {
					e["containerId"], e["container"] = "abc", map[string]any{"id": "abc"}
				}
			}
			text, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			lines.Write(append(text, '\n'))
			line++
		}
		if !slices.Contains(ids, c.Signature.ID) && c.Signature.ID != noisy {
			ids = append(ids, c.Signature.ID)
		}
	}
	return lines.String(), want, ids
}

func describeFinding(t *testing.T, line int, signature string, data map[string]any) string {
	t.Helper()
	text, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("line %d: %s: %s", line, signature, text)
}

func compareRecorded(t *testing.T, name, stdout string, want []string) {
	t.Helper()
	var got []string
	for line := range strings.Lines(stdout) {
		var f struct {
			Sequence string `json:"sequence"`
			Data     struct {
				Signature struct {
					ID string `json:"id"`
				} `json:"signature"`
				Data map[string]any `json:"data"`
			} `json:"data"`
		}
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatal(err)
		}
		n, err := strconv.Atoi(f.Sequence)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, describeFinding(t, n, f.Data.Signature.ID, f.Data.Data))
	}
	if !slices.IsSortedFunc(got, func(a, b string) int { return lineOf(a) - lineOf(b) }) {
		t.Errorf("%s: the findings are not in the order of the events", name)
	}
	slices.Sort(got)
	want = slices.Sorted(slices.Values(want))
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %s\nwant %s", name, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

func lineOf(description string) int {
	var n int
	_, _ = fmt.Sscanf(description, "line %d:", &n)
	return n
}
