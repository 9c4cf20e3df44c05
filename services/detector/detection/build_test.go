package detection

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/finding"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/signatures/sdk"
)

func sample() *event.Event {
	return &event.Event{
		Seq: 7, Time: 1700000000000000001,
		Shape:  &event.Shape{ID: 257, Name: "openat", Args: []event.ArgSpec{{Name: "pathname", Type: "const char*"}}},
		Values: []event.Value{event.String("/etc/\xffpasswd\x1b")},
		Context: &event.Context{
			Node: "node.1", BootID: "boot", HostPID: 42, ProcessEntityID: 4140133194, ProcessName: "c\xfet",
			ProcessStatus: event.StatusResolved, ContainerStatus: event.StatusNotFound,
			Process: &event.Process{EntityID: 1, Name: "cat", Parent: &event.Process{EntityID: 2, Name: "bash"}},
		},
	}
}

func match(data map[string]any) engine.Match {
	return engine.Match{Data: data, Signature: &engine.Signature{Metadata: sdk.Metadata{
		ID: "Mine-0.1.0", Version: "0.1.0", Name: "My Own Signature", EventName: "mine",
		Properties: map[string]any{"Severity": json.Number("3")},
	}}}
}

// valid holds a detection's finding against the published schema.
func valid(t *testing.T, d finding.Detection) {
	t.Helper()
	schema, err := jsonschema.UnmarshalJSON(strings.NewReader(finding.SchemaJSON()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("finding.json", schema); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("finding.json")
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(d.Finding)
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiled.Validate(document); err != nil {
		t.Errorf("%v in %s", err, text)
	}
}

func TestBuild(t *testing.T) {
	made := time.Unix(1700000001, 0)
	stamps := []finding.Stamp{{Stage: "collector", In: 1, Out: 2}}
	d := Build(sample(), match(map[string]any{"path": "x"}), Circumstances{SetVersion: "v", Stamps: stamps, Made: made})
	valid(t, d)
	want := finding.NewID("Mine-0.1.0", "0.1.0", []string{"node.1/boot/7"}, 0)
	if d.ID != want || d.Finding.TraceID != finding.TraceID(want) {
		t.Errorf("id %s, trace %s", d.ID, d.Finding.TraceID)
	}
	if d.Node != "node.1" || d.Time != 1700000000000000001 || d.Made != made.UnixNano() || d.Sequence != 7 ||
		d.Subject != "host/node.1/proc/4140133194" || d.PartitionKey != "node.1" || len(d.Stamps) != 1 {
		t.Errorf("detection %+v", d)
	}
	f := d.Finding
	if f.Signature.Severity != finding.SeverityHigh || f.SetVersion != "v" || !f.Evidence.Complete ||
		f.Events[0] != "node.1/boot/7" || f.Process.Ancestors[0].Name != "bash" || f.Container != nil ||
		f.Enrichment["container"] != "not_found" {
		t.Errorf("finding %+v", f)
	}
	d.Stamps[0].In = 99
	if stamps[0].In != 1 {
		t.Error("the detection shares its stamps with the caller")
	}
}

func TestBuildVariations(t *testing.T) {
	base := Build(sample(), match(nil), Circumstances{})
	cases := []struct {
		name   string
		change func(e *event.Event, m *engine.Match, c *Circumstances)
		check  func(d finding.Detection) bool
	}{
		{
			"no data", func(*event.Event, *engine.Match, *Circumstances) {},
			func(d finding.Detection) bool { return d.Finding.Data == nil && d.ID == base.ID },
		},
		{
			"empty document", func(_ *event.Event, m *engine.Match, _ *Circumstances) { m.Data = map[string]any{} },
			func(d finding.Detection) bool { return string(d.Finding.Data.(json.RawMessage)) == "{}" },
		},
		{"a document that is no JSON", func(_ *event.Event, m *engine.Match, _ *Circumstances) {
			m.Data = map[string]any{"x": math.NaN()}
		}, func(d finding.Detection) bool { return d.Finding.Data.(map[string]any)["weir_error"] != nil }},
		{"a document that panics", func(_ *event.Event, m *engine.Match, _ *Circumstances) {
			m.Data = map[string]any{"x": hostile{}}
		}, func(d finding.Detection) bool { return d.Finding.Data.(map[string]any)["weir_error"] != nil }},
		{"properties that are no JSON", func(_ *event.Event, m *engine.Match, _ *Circumstances) {
			m.Signature.Metadata.Properties = map[string]any{"f": func() {}}
		}, func(d finding.Detection) bool { return d.Finding.Signature.Properties["weir_error"] != nil }},
		{"a signature without anything", func(_ *event.Event, m *engine.Match, _ *Circumstances) {
			m.Signature.Metadata = sdk.Metadata{}
		}, func(d finding.Detection) bool { return d.Finding.Signature.ID == "unnamed" }},
		{
			"second match of the event", func(_ *event.Event, m *engine.Match, _ *Circumstances) { m.Ordinal = 1 },
			func(d finding.Detection) bool { return d.ID != base.ID && d.Finding.Signature.Version == "0.1.0" },
		},
		{"another signature of the same id", func(_ *event.Event, m *engine.Match, _ *Circumstances) {
			m.Signature.Variant = "v"
		}, func(d finding.Detection) bool { return d.ID != base.ID }},
		{
			"another event", func(e *event.Event, _ *engine.Match, _ *Circumstances) { e.Seq++ },
			func(d finding.Detection) bool { return d.ID != base.ID },
		},
		{"several events in a window", func(_ *event.Event, m *engine.Match, _ *Circumstances) {
			m.Events, m.WindowStart = []string{"node.1/boot/5", "node.1/boot/7"}, 1700000000000000000
		}, func(d finding.Detection) bool {
			want := finding.NewID("Mine-0.1.0", "0.1.0", []string{"node.1/boot/5", "node.1/boot/7"}, 1700000000000000000)
			return d.ID == want && len(d.Finding.Events) == 2 && d.Sequence == 7
		}},
		{"losses", func(_ *event.Event, _ *engine.Match, c *Circumstances) {
			c.Lost = []finding.Loss{{Stage: "collector", Reason: "ring_full", Count: 3}}
		}, func(d finding.Detection) bool {
			return !d.Finding.Evidence.Complete && d.Finding.Evidence.Lost[0].Count == 3
		}},
		{"names of the address", func(e *event.Event, _ *engine.Match, _ *Circumstances) {
			e.DNS = &event.DNS{Names: []string{"a.test"}, Status: event.StatusResolved}
		}, func(d finding.Detection) bool {
			return len(d.Finding.DNS) == 1 && d.Finding.DNS[0] == "a.test" && d.Finding.Enrichment["dns"] == "resolved" &&
				strings.Contains(string(d.Finding.Event), `"dns":{"names":["a.test"],"status":"resolved"}`)
		}},
		{"no names of the address", func(e *event.Event, _ *engine.Match, _ *Circumstances) {
			e.DNS = &event.DNS{Status: event.StatusLost}
		}, func(d finding.Detection) bool {
			return d.Finding.DNS != nil && len(d.Finding.DNS) == 0 && d.Finding.Enrichment["dns"] == "lost"
		}},
		{"container", func(e *event.Event, _ *engine.Match, _ *Circumstances) {
			e.Context.Container = event.Container{ID: "c1"}
			e.Context.Kubernetes = event.Kubernetes{PodName: "p"}
		}, func(d finding.Detection) bool {
			return d.PartitionKey == "node.1/c1" && d.Subject == "container/c1/proc/4140133194" && d.Finding.Kubernetes != nil
		}},
		{"a bare event", func(e *event.Event, _ *engine.Match, _ *Circumstances) {
			*e = event.Event{Shape: &event.Shape{}, Context: &event.Context{}}
		}, func(d finding.Detection) bool { return d.ID != "" }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			e, m, facts := sample(), match(nil), Circumstances{}
			c.change(e, &m, &facts)
			d := Build(e, m, facts)
			valid(t, d)
			if !c.check(d) {
				t.Errorf("detection %+v", d)
			}
		})
	}
}

// hostile panics when it is written.
type hostile struct{}

func (hostile) MarshalJSON() ([]byte, error) { panic("no JSON") }
