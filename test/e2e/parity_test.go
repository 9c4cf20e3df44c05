package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// recordedLines returns the events of all recorded cases of a pattern as lines.
func recordedLines(t *testing.T, pattern string) (lines string, events int) {
	t.Helper()
	var all strings.Builder
	for _, c := range recordedCases(t, pattern) {
		for _, e := range c.Events {
			text, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(append(text, '\n'))
			events++
		}
	}
	return all.String(), events
}

// summaries returns what each finding of the lines says, in order.
func summaries(t *testing.T, stdout string) []string {
	t.Helper()
	var list []string
	for _, f := range findingsOf(t, stdout) {
		data, err := json.Marshal(f.Data)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, fmt.Sprintf("%s %s %s %s", f.Signature.ID, f.Signature.Severity, f.Event.EventName, data))
	}
	return list
}

// The pack of Tracee's signatures finds the same in the recorded events of both
// generations whichever way they are read, evaluated and shown.
func TestParityPackIsTheSameInAllForms(t *testing.T) {
	for _, generation := range []string{"v0.22.6", "v0.24.1"} {
		t.Run(generation, func(t *testing.T) {
			lines, events := recordedLines(t, filepath.Join("go-signatures", generation, "*", "*.json"))
			dir := t.TempDir()
			file, recording := filepath.Join(dir, "events.json"), filepath.Join(dir, "events.weir")
			writeFile(t, file, lines)
			base := []string{"analyze", "--pack", "tracee-parity", "--output", "json"}
			stdout := weirSays(t, 0, []string{fmt.Sprintf("%d events", events)}, append(base, "--input", file, "--record", recording)...)
			want := summaries(t, stdout)
			if len(want) < 10 || len(slices.Compact(slices.Sorted(slices.Values(want)))) < 10 {
				t.Fatalf("only %d findings: %q", len(want), want)
			}
			for name, args := range map[string][]string{
				"one processor":    {"--input", file, "--workers", "1"},
				"recording":        {"--input", recording},
				"tracee's flags":   {"--input-tracee", "file:" + file, "--input-tracee", "format:json", "--rego-aio"},
				"recording, alone": {"--input", recording, "--workers", "1"},
			} {
				got := summaries(t, weirSays(t, 0, nil, append(base, args...)...))
				if !slices.Equal(got, want) {
					t.Errorf("%s:\ngot  %q\nwant %q", name, got, want)
				}
			}
			checkTemplate(t, file, want)
			checkSingles(t, file, want)
		})
	}
}

// checkTemplate checks that a template shows the same findings.
func checkTemplate(t *testing.T, file string, want []string) {
	t.Helper()
	template := filepath.Join(t.TempDir(), "t.tmpl")
	writeFile(t, template, "{{ .SigMetadata.ID }} {{ .Event.Payload.EventName }}\n")
	shown := weirSays(t, 0, nil, "analyze", "--pack", "tracee-parity", "--input", file, "--output-template", template)
	lines := strings.Split(strings.TrimSuffix(shown, "\n"), "\n")
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want %d:\n%s", len(lines), len(want), shown)
	}
	for i, line := range lines {
		words := strings.Fields(want[i])
		if line != words[0]+" "+words[2] {
			t.Errorf("line %d is %q, want that of %q", i, line, want[i])
		}
	}
}

// checkSingles checks that each signature alone finds what it finds among all.
func checkSingles(t *testing.T, file string, want []string) {
	t.Helper()
	by := map[string][]string{}
	for _, line := range want {
		id, _, _ := strings.Cut(line, " ")
		by[id] = append(by[id], line)
	}
	for _, id := range slices.Sorted(maps.Keys(by)) {
		got := summaries(t, weirSays(t, 0, nil, "analyze", "--pack", "tracee-parity", "--signature", id, "--input", file, "--output", "json"))
		if !slices.Equal(got, by[id]) {
			t.Errorf("%s alone:\ngot  %q\nwant %q", id, got, by[id])
		}
	}
}
