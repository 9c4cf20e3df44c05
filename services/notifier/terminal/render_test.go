package terminal

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/charmbracelet/x/ansi"

	"github.com/weirsec/weir/schemas/finding"
)

var update = flag.Bool("update", false, "rewrite golden files")

// sample returns the detection that the tests of all the notifier's packages
// share.
func sample(t testing.TB) finding.Detection {
	t.Helper()
	text, err := os.ReadFile("../testdata/detection.json")
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(strings.NewReader(string(text)))
	dec.UseNumber()
	var d finding.Detection
	if err := dec.Decode(&d); err != nil {
		t.Fatal(err)
	}
	return d
}

func host(d *finding.Detection) {
	d.Finding.Container, d.Finding.Kubernetes = nil, nil
	d.Finding.Process.Ancestors = nil
	d.Finding.Data = nil
	d.Finding.Signature.Severity = finding.SeverityCritical
	d.Finding.Signature.Properties = nil
	d.Finding.DNS = []string{"evil.example", "b.example"}
}

func labelled(d *finding.Detection) {
	d.Finding.Container.Labels = map[string]string{"of": "the container", "empty": ""}
	d.Finding.Kubernetes.Labels = map[string]string{
		"app": "shop", "tier": "front", "team": strings.Repeat("very-", 20), "a": "1", "b": "2", "c": "3", "d": "4",
	}
}

func lossy(d *finding.Detection) {
	d.Finding.Process = nil
	d.Finding.Evidence = finding.Evidence{Lost: []finding.Loss{
		{Stage: "collector", Reason: "ring_full", Event: "openat", Count: 12},
		{Stage: "collector", Reason: "fault", Count: 1},
		{Stage: "enricher", Reason: "decode", Count: 7},
		{Stage: "enricher", Reason: "truncated", Count: 2},
	}}
	d.Finding.Enrichment = map[string]string{"container": "pending", "dns": "resolved", "process": "lost"}
}

// hostile puts everything that could fool a terminal wherever an attacker can.
func hostile(d *finding.Detection) {
	const evil = "a\x1b[2J\x1b]0;title\x07\r\nb\u202e\u009b31mc\xff\u200b\x00"
	event, _ := json.Marshal(map[string]any{
		"eventName": evil, "processName": evil, "hostProcessId": 7, "returnValue": -2,
		"args": []any{
			map[string]any{"name": evil, "value": evil},
			map[string]any{"name": "list", "value": []string{evil, `back\slash "quoted"`}},
			map[string]any{"name": "long", "value": strings.Repeat("x", 4000)},
		},
	})
	d.ID, d.Node = evil, evil
	f := &d.Finding
	f.Event, f.Data, f.DNS = event, map[string]any{evil: evil}, []string{evil}
	f.Signature = finding.Signature{
		ID: evil, Name: evil, Severity: evil,
		Properties: map[string]any{"external_id": evil, "Technique": evil},
	}
	f.Process = &finding.Process{
		Name: evil, Executable: evil, Args: []string{evil, evil, "", evil + " "},
		Ancestors: []finding.Process{{Name: evil, Executable: "/" + evil, Args: []string{"x", evil}}},
	}
	f.Container = &finding.Container{Name: evil, Image: evil, Labels: map[string]string{evil: evil}}
	f.Kubernetes = &finding.Kubernetes{PodName: evil, PodNamespace: evil}
	f.Evidence = finding.Evidence{Lost: []finding.Loss{{Stage: evil, Reason: evil, Event: evil, Count: 1}}}
	f.Enrichment = map[string]string{evil: evil}
	f.TraceID = evil
}

func TestRender(t *testing.T) {
	tests := []struct {
		name   string
		change func(*finding.Detection)
		opts   Options
	}{
		{"container", func(*finding.Detection) {}, Options{}},
		{"container_color", func(*finding.Detection) {}, Options{Color: true, Width: 100}},
		{"narrow", func(*finding.Detection) {}, Options{Width: 40}},
		{"host", host, Options{}},
		{"many_arguments", func(d *finding.Detection) {
			d.Finding.Process.Args = strings.Split(strings.Repeat("x", 40), "")
		}, Options{}},
		{"labels", labelled, Options{}},
		{"container_labels", func(d *finding.Detection) {
			labelled(d)
			d.Finding.Kubernetes = nil
		}, Options{}},
		{"lossy", lossy, Options{}},
		{"hostile", hostile, Options{}},
		{"empty", func(d *finding.Detection) { *d = finding.Detection{} }, Options{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := sample(t)
			tt.change(&d)
			tt.opts.Location = time.UTC
			got := Render(&d, tt.opts)
			path := filepath.Join("testdata", tt.name+".golden")
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
			checkSafe(t, got, tt.opts)
		})
	}
}

// checkSafe fails where a text holds anything that a terminal acts upon, other
// than line feeds and, where allowed, the package's own colours.
func checkSafe(t *testing.T, text string, opts Options) {
	t.Helper()
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if opts.Width > 0 && ansi.StringWidth(line) > opts.Width {
			t.Errorf("line of %d columns, want at most %d: %q", ansi.StringWidth(line), opts.Width, line)
		}
		bare := line
		if opts.Color {
			bare = ansi.Strip(line)
			if open := strings.LastIndex(line, "\x1b["); open >= 0 && !strings.HasPrefix(line[open:], "\x1b[0m") {
				t.Errorf("colours leak out of %q", line)
			}
		}
		for _, r := range bare {
			if !unicode.IsPrint(r) {
				t.Errorf("%U in %q", r, line)
			}
		}
		if strings.ToValidUTF8(bare, "") != bare {
			t.Errorf("invalid UTF-8 in %q", line)
		}
	}
}

// Nothing that is observed can make a line of its own or colour anything.
func FuzzRender(f *testing.F) {
	f.Add("bash", "/etc/passwd", []byte(`{"eventName":"openat","args":[{"name":"pathname","value":"/x"}]}`), 80, true)
	f.Add("\x1b[31m", "\u202e\n", []byte(`{"eventName":"\u001b[2J","args":[{"name":"\n","value":"\u009b"}]}`), 7, true)
	f.Add("\xff\\", "a\tb", []byte(`{"args":[{"value":{"\u0007":["\ud800"]}}]}`), 0, false)
	f.Fuzz(func(t *testing.T, name, arg string, event []byte, width int, color bool) {
		d := finding.Detection{ID: name, Node: arg, Finding: finding.Finding{
			Event: event, Data: map[string]any{name: arg}, TraceID: arg,
			Process:   &finding.Process{Name: name, Executable: arg, Args: []string{name, arg, name}},
			Container: &finding.Container{ID: name, Image: arg},
		}}
		opts := Options{Width: width % 300, Color: color, Location: time.UTC}
		text := Render(&d, opts)
		checkSafe(t, text, opts)
		if lines := strings.Count(text, "\n"); lines < 5 || lines > 8 {
			t.Errorf("%d lines:\n%s", lines, text)
		}
	})
}

func BenchmarkRender(b *testing.B) {
	d := sample(b)
	opts := Options{Width: 100, Color: true, Location: time.UTC}
	b.ReportAllocs()
	for b.Loop() {
		Render(&d, opts)
	}
}
