package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/services/detector/analysis"
	recorded "github.com/weirsec/weir/services/detector/recording"
	"github.com/weirsec/weir/services/notifier/destination"
)

func TestAnalyzeFlags(t *testing.T) {
	type result struct {
		input  string
		format recorded.Format
	}
	for _, c := range []struct {
		args []string
		want result
	}{
		{[]string{"--input", "a"}, result{"a", ""}},
		{[]string{"--input-tracee", "file:a.json"}, result{"a.json", ""}},
		{[]string{"--input-tracee", "file:stdin", "--input-tracee", "format:GOB"}, result{"-", recorded.FormatGob}},
		{[]string{"--input-tracee", "file:/a:b,format:json,option:eot"}, result{"/a:b", recorded.FormatJSON}},
		{[]string{"--tracee-file", "/dev/stdin"}, result{"/dev/stdin", ""}},
		{[]string{"--list"}, result{}},
		{[]string{"--list-events", "--rego-runtime-target", "REGO"}, result{}},
		{[]string{"--input-tracee", "help"}, result{}},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			o, err := completed(c.args)
			if err != nil {
				t.Fatal(err)
			}
			if got := (result{o.input, o.tracee.format}); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
	o, err := completed([]string{"-i", "-", "--rules", "TRC-1", "--rules", "TRC-2", "--signature", "x", "--rules-dir", "d", "--signatures", "e"})
	if err != nil || !slices.Equal(o.selection.Only, []string{"x", "TRC-1", "TRC-2"}) || !slices.Equal(o.selection.Dirs, []string{"e", "d"}) {
		t.Errorf("%v, %+v", err, o)
	}
}

// completed returns the options of a command line.
func completed(args []string) (*analyzeOptions, error) {
	o := &analyzeOptions{output: outputHuman}
	cmd := newAnalyzeOf(o)
	if err := cmd.ParseFlags(args); err != nil {
		return nil, err
	}
	return o, o.complete(cmd.Flags().Changed)
}

func TestAnalyzeFlagsThatMakeNoSense(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"", "required flag(s) \"input\" not set"},
		{"--input-tracee nonsense", "want key:value"},
		{"--input-tracee :x", "want key:value"},
		{"--input-tracee file:", "want key:value"},
		{"--input-tracee source:x", "there are file, format and option"},
		{"--input-tracee file:a,format:protobuf", "there are format:json and format:gob"},
		{"--input-tracee file:a,option:fly", "there are eot,"},
		{"--input-tracee file:a,file:b", "named already"},
		{"--input a --input-tracee file:b", "named already"},
		{"--input a --tracee-file b", "both name the input"},
		{"--tracee-file a --input-tracee file:b", "named already"},
		{"--input a --rego-runtime-target wasm", "not supported"},
		{"--input a --rego-runtime-target lua", "there is only rego"},
		{"--input a --webhook-template x", "only with --webhook"},
		{"--input a --webhook-content-type x", "only with --webhook"},
		{"--input a --webhook http://x --webhook-content-type x", "only with --webhook-template"},
		{"--input a --output json --output-template x", "use one of them"},
		{"--input a --workers -1", "--workers"},
	} {
		if _, err := completed(strings.Fields(c.args)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.args, err, c.want)
		}
	}
}

func TestProgressLine(t *testing.T) {
	for _, c := range []struct {
		read, size int64
		events     int
		took       time.Duration
		want       string
	}{
		{0, 0, 0, 0, "0 B, 0 events/s"},
		{1 << 20, 0, 5000, 2 * time.Second, "1.0 MiB, 2,500 events/s"},
		{1 << 30, 4 << 30, 3_000_000, 10 * time.Second, "25% of 4.0 GiB, 300,000 events/s, 30s left"},
		{4 << 30, 4 << 30, 10, time.Second, "100% of 4.0 GiB, 10 events/s, 0s left"},
		// A file that grew.
		{5 << 30, 4 << 30, 10, time.Second, "100% of 4.0 GiB, 10 events/s, 0s left"},
	} {
		if got := progressLine(c.read, c.size, c.events, c.took); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// Where nobody sits at a terminal there is no progress.
func TestNoProgress(t *testing.T) {
	var w bytes.Buffer
	p := newProgress(&w, nil)
	p.show(nil)
	p.clear()
	if p != nil || w.Len() > 0 {
		t.Errorf("%q", w.String())
	}
}

func TestHarmless(t *testing.T) {
	if got := harmless("a\tb\r\nc\x1b[2J\x00\u009b\xff é"); got != "a\tb\r\nc\uFFFD[2J\uFFFD\uFFFD\uFFFD é" {
		t.Errorf("%q", got)
	}
}

// A read that waits for input ends with its context.
func TestPatientReader(t *testing.T) {
	from, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	ctx, cancel := context.WithCancel(t.Context())
	r := &patientReader{ctx: ctx, file: from}
	if _, err := to.WriteString("abc"); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 10)
	if n, err := r.Read(buf); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	time.AfterFunc(10*time.Millisecond, cancel)
	if n, err := r.Read(buf); n != 0 || err == nil {
		t.Errorf("%d, %v", n, err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	again := &patientReader{ctx: t.Context(), file: from}
	if n, err := again.Read(buf); n != 0 || err == nil {
		t.Errorf("at the end: %d, %v", n, err)
	}
}

// closedPipe is a standard output that nobody reads any more.
type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// Where nobody reads the findings any more it ends, but not while a recording or
// a webhook waits for the rest.
func TestAnalyzerWithoutReader(t *testing.T) {
	out := &analysis.Outcome{Count: 1, Unit: "line", Findings: make([]analysis.Finding, 2)}
	for i := range out.Findings {
		out.Findings[i].Text = []byte("{}")
	}
	alone := &analyzer{out: destination.NewJSONConsole(closedPipe{}), messages: io.Discard}
	if err := alone.take(t.Context(), out); !errors.Is(err, destination.ErrClosed) {
		t.Errorf("alone: %v", err)
	}
	recorder, err := newRecorder(filepath.Join(t.TempDir(), "x"), "-")
	if err != nil {
		t.Fatal(err)
	}
	kept := &analyzer{out: destination.NewJSONConsole(closedPipe{}), messages: io.Discard, recorder: recorder}
	if err := errors.Join(kept.take(t.Context(), out), kept.close()); err != nil || kept.findings != 2 {
		t.Errorf("recording: %d findings, %v", kept.findings, err)
	}
}
