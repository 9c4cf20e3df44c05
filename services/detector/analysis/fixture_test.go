package analysis

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/finding"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/golang"
	"github.com/weirsec/weir/services/detector/recording"
	"github.com/weirsec/weir/services/detector/rego"
	"github.com/weirsec/weir/signatures/sdk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// signature is a Go signature for tests: what it does is its functions.
type signature struct {
	id     string
	match  func(c *sdk.Context, e *event.Event) error
	stores []sdk.StateSpec
}

func (s signature) Metadata() sdk.Metadata { return sdk.Metadata{ID: s.id, Version: "1"} }
func (s signature) State() []sdk.StateSpec { return s.stores }
func (signature) Selectors() []sdk.Selector {
	return []sdk.Selector{{Source: sdk.Source, Name: "openat"}}
}

func (s signature) OnEvent(c *sdk.Context, e *event.Event) error { return s.match(c, e) }

// listener reports at the end of the input.
type listener struct{ signature }

func (listener) OnSignal(c *sdk.Context, s sdk.Signal) error {
	c.Report(map[string]any{"signal": string(s.Kind)})
	return nil
}

// opens fires on the opening of a file by that name.
func opens(id, path string) signature {
	return signature{id: id, match: func(c *sdk.Context, e *event.Event) error {
		if got, _ := e.String("pathname"); got == path {
			c.Report(map[string]any{"path": path})
		}
		return nil
	}}
}

// counts fires on every third opening of any file, in the order of events.
func counts() signature {
	store := sdk.StateSpec{Name: "seen", TTL: time.Hour}
	return signature{id: "counts", stores: []sdk.StateSpec{store}, match: func(c *sdk.Context, e *event.Event) error {
		seen, _ := c.State("seen").Get("n")
		if seen += "x"; len(seen) == 3 {
			path, _ := e.String("pathname")
			c.Report(map[string]any{"path": path})
			seen = ""
		}
		c.State("seen").Put("n", seen)
		return nil
	}}
}

func set(signatures ...sdk.Signature) *engine.Set {
	var programs []engine.Program
	for _, s := range signatures {
		programs = append(programs, golang.New(s))
	}
	return engine.NewSet(programs, engine.Limits{})
}

// regoSet is one signature in Rego that fires on the opening of /etc/passwd.
func regoSet(t testing.TB) *engine.Set {
	t.Helper()
	const text = `package tracee.passwd
__rego_metadoc__ := {"id": "passwd", "version": "1", "eventName": "passwd"}
tracee_selected_events[s] { s := {"source": "tracee", "name": "openat"} }
tracee_match { input.args[_].value == "/etc/passwd" }
`
	files := fstest.MapFS{"a.rego": &fstest.MapFile{Data: []byte(text), Mode: 0o644}}
	programs, problems := rego.NewLoader(rego.Options{}).Load(t.Context(), files, "")
	if len(programs) != 1 || len(problems) > 0 {
		t.Fatal(problems)
	}
	return engine.NewSet(programs, engine.Limits{})
}

// openat is the opening of a file as a line.
func openat(path string) string {
	return `{"timestamp":1680190419485136510,"eventName":"openat","eventId":"257","hostName":"n","args":[` +
		`{"name":"pathname","type":"const char*","value":"` + path + `"}]}` + "\n"
}

// stream is n openings, of /etc/passwd every seventh time, with broken lines
// between them.
func stream(n int) string {
	var b strings.Builder
	for i := range n {
		switch {
		case i%7 == 0:
			b.WriteString(openat("/etc/passwd"))
		case i%101 == 0:
			b.WriteString("broken\n")
		default:
			b.WriteString(openat(fmt.Sprint("/tmp/", i)))
		}
	}
	return b.String()
}

func lines(text string) recording.Reader { return recording.NewLines(strings.NewReader(text)) }

// id renders a finding as its id.
func id(d *finding.Detection) ([]byte, error) { return []byte(d.ID), nil }

// told is all that an analysis delivered.
type told struct {
	events   int
	lost     uint64
	ids      []string
	findings []finding.Detection
	invalid  []int
	faults   []string
}

func (g *told) take(_ context.Context, out *Outcome) error {
	g.events += out.Count
	g.lost += out.Lost
	for _, f := range out.Findings {
		g.ids = append(g.ids, string(f.Text))
		g.findings = append(g.findings, f.Detection)
	}
	for _, bad := range out.Invalid {
		g.invalid = append(g.invalid, bad.Record)
	}
	for _, f := range out.Faults {
		g.faults = append(g.faults, fmt.Sprintf("%s: %s: %v", f.Place, f.Signature.Metadata.ID, f.Err))
	}
	return nil
}

// analyse runs an analysis to its end.
func analyse(t testing.TB, cfg Config, s *engine.Set, from recording.Reader) told {
	t.Helper()
	if cfg.Render == nil {
		cfg.Render = id
	}
	var g told
	if err := Run(t.Context(), cfg, s, from, g.take); err != nil {
		t.Fatal(err)
	}
	return g
}

// recorded returns the lines as a recording of batches.
func recorded(t testing.TB, text string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := recording.NewWriter(&out)
	cfg := Config{Render: id, Keep: true}
	err := Run(t.Context(), cfg, set(), lines(text), func(_ context.Context, o *Outcome) error { return w.Write(o.Events) })
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func batches(data []byte) recording.Reader {
	return recording.NewBatches(recording.NewFile(bytes.NewReader(data)).Next)
}
