package detector

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/batch"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/finding"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/golang"
	"github.com/weirsec/weir/services/detector/load"
	"github.com/weirsec/weir/services/detector/rego"
	"github.com/weirsec/weir/signatures/sdk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	second = int64(time.Second)
	// now is the time of the test's first event.
	now = 1700000000 * second
)

// passwd is a signature in Rego with an id to choose.
func passwd(id string) string {
	return fmt.Sprintf(`package tracee.%[1]s
import data.tracee.helpers
__rego_metadoc__ := {"id": %[1]q, "version": "1", "eventName": %[1]q, "properties": {"Severity": 3}}
tracee_selected_events[s] { s := {"source": "tracee", "name": "openat"} }
tracee_match = {"path": path} {
	path := helpers.get_tracee_argument("pathname")
	startswith(path, "/etc/passwd")
}
`, id)
}

// regoSet is a set of such signatures.
func regoSet(t testing.TB, ids ...string) *engine.Set {
	t.Helper()
	fsys := fstest.MapFS{}
	for _, id := range ids {
		fsys[id+".rego"] = &fstest.MapFile{Data: []byte(passwd(id)), Mode: 0o644}
	}
	programs, problems := rego.NewLoader(rego.Options{}).Load(t.Context(), fsys, "")
	if len(programs) != len(ids) || len(problems) > 0 {
		t.Fatal(problems)
	}
	return engine.NewSet(programs, engine.Limits{})
}

func stableSet(t testing.TB) *engine.Set {
	t.Helper()
	set, problems, err := load.Load(t.Context(), load.Request{})
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	return set
}

// goSignature matches as its function says.
type goSignature struct {
	id    string
	match func(c *sdk.Context, e *event.Event) error
}

func (s goSignature) Metadata() sdk.Metadata { return sdk.Metadata{ID: s.id, Version: "1"} }

func (goSignature) Selectors() []sdk.Selector {
	return []sdk.Selector{{Source: sdk.Source, Name: "openat"}}
}

func (s goSignature) OnEvent(c *sdk.Context, e *event.Event) error { return s.match(c, e) }

func goSet(signatures ...sdk.Signature) *engine.Set {
	var programs []engine.Program
	for _, s := range signatures {
		programs = append(programs, golang.New(s))
	}
	return engine.NewSet(programs, engine.Limits{})
}

// opens are events of one process that opens files, a second apart.
func opens(paths ...string) []event.Event {
	shape := &event.Shape{ID: 257, Name: "openat", Args: []event.ArgSpec{
		{Name: "dirfd", Type: "int"}, {Name: "pathname", Type: "const char*"}, {Name: "flags", Type: "int"},
	}}
	context := &event.Context{Node: "n1", BootID: "b", HostPID: 42, ProcessName: "cat", ProcessEntityID: 99}
	var events []event.Event
	for i, path := range paths {
		events = append(events, event.Event{
			Seq: uint64(i + 1), Time: now + int64(i)*second, Shape: shape, Context: context,
			Values: []event.Value{event.Int(-100), event.String(path), event.Int(0)},
		})
	}
	return events
}

// message is a batch of events as it comes from the stream.
func message(t testing.TB, events []event.Event, losses ...*eventpb.Loss) stage.Message {
	t.Helper()
	env := &eventpb.Envelope{Node: "n1", BootId: "b", FirstSeq: 1, Losses: losses, Stamps: []*eventpb.Stamp{
		{Stage: "collector", Instance: "c", In: now, Out: now + 1},
		{Stage: "enricher", Instance: "e", In: now + 2, Out: now + 3},
	}}
	var encoder batch.Encoder
	data, err := encoder.Encode(nil, env, events)
	if err != nil {
		t.Fatal(err)
	}
	return stage.Message{Data: data, Received: time.Unix(0, now+4)}
}

// decoded are the detections of outputs.
func decoded(t testing.TB, outputs []stage.Output) []finding.Detection {
	t.Helper()
	var list []finding.Detection
	for _, o := range outputs {
		var d finding.Detection
		if err := json.Unmarshal(o.Data, &d); err != nil {
			t.Fatal(err)
		}
		list = append(list, d)
	}
	return list
}

// start makes a detector with a handler and the text of its log.
func start(t testing.TB, set *engine.Set, s stage.Settings) (*Detector, stage.Handler, *bytes.Buffer) {
	t.Helper()
	var text bytes.Buffer
	s.Instance = "detector-0"
	s.Logger = slog.New(slog.NewTextHandler(&text, nil))
	d, err := New(Default(), set, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	h, err := d.NewHandler(3)
	if err != nil {
		t.Fatal(err)
	}
	return d, h, &text
}
