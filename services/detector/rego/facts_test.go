package rego

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	datasources "github.com/weirsec/weir/services/detector/source"
	"github.com/weirsec/weir/signatures/sdk"
)

// allowed is a data source of somebody else's.
type allowed struct{}

func (allowed) Namespace() string { return "mine" }
func (allowed) ID() string        { return "allowed" }
func (allowed) Version() uint     { return 1 }
func (allowed) Keys() []string    { return []string{"string"} }
func (allowed) Schema() string    { return `{"owner": "string"}` }

func (allowed) Get(key any) (map[string]any, error) {
	if key == "10.0.0.1" {
		return map[string]any{"owner": "me"}, nil
	}
	return nil, sdk.ErrDataNotFound
}

// What of Weir's own a signature asks learns from the first event on.
func TestFactsAreAskedForAtTheStart(t *testing.T) {
	for body, want := range map[string][]string{
		`tracee_match if weir.lineage(1, 2)`:                                {"process_tree"},
		`tracee_match if { weir.dns("a"); weir.container("b") }`:            {"containers", "dns"},
		`tracee_match if weir.datasource.get("mine", "allowed", "a")`:       nil,
		`tracee_match if input.x` + "\nf(x) := y if y := weir.container(x)": {"containers"},
	} {
		programs, problems := NewLoader(Options{}).
			Load(t.Context(), fstest.MapFS{"a.rego": &fstest.MapFile{Data: []byte(asSignature("facts", body))}}, "")
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		h := &asking{}
		instance, _ := programs[0].NewInstance(func(engine.Report) {}).(engine.Hosted)
		instance.UseHost(h)
		slices.Sort(h.asked)
		if !slices.Equal(h.asked, want) {
			t.Errorf("%s asks %q, want %q", body, h.asked, want)
		}
	}
}

// asking is a host that notes what it is asked for.
type asking struct{ asked []string }

func (*asking) State(string) sdk.Store { return nil }

func (h *asking) DataSource(_, id string) (sdk.DataSource, bool) {
	h.asked = append(h.asked, id)
	return nil, false
}

// The functions that ask data sources answer, compiled and by topdown, and are
// undefined where nothing is known.
func TestFacts(t *testing.T) {
	e := &event.Event{
		Seq: 1, Time: 2000, Shape: &event.Shape{Name: "openat"},
		Context: &event.Context{
			Node: "n", ProcessEntityID: 7, HostPID: 70, Container: event.Container{ID: "c1", Name: "web", Image: "nginx"},
			Process: &event.Process{
				EntityID: 7, PID: 70, NSPID: 3, StartTime: 1000, ExecTime: 1500, Executable: "/bin/cat", Args: []string{"cat"},
				Parent: &event.Process{EntityID: 6, PID: 60, NSPID: 2, StartTime: 500, Executable: "/bin/sh"},
			},
		},
	}
	registry, err := datasources.NewRegistry(allowed{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, body, want string }{
		{"a container", `tracee_match := {"image": c.container_image} if c := weir.container(input.containerId)`, `{"image":"nginx"}`},
		{"no container", `tracee_match := {} if not weir.container("other")`, `{}`},
		{"lineage", `tracee_match := {"n": count(l), "by": l[1].executable, "cmd": l[0].cmd, "started": l[0].start_time} ` +
			`if l := weir.lineage(input.processEntityId, 5)`, `{"by":"/bin/sh","cmd":["cat"],"n":2,"started":1000}`},
		{"a short lineage", `tracee_match := {"n": count(weir.lineage(7, 0))}`, `{"n":1}`},
		{"nobody's lineage", `tracee_match := {} if not weir.lineage(99, 5)`, `{}`},
		{"nonsense", `tracee_match := {} if not weir.lineage(-1.5, 5)`, `{}`},
		{"a list", `tracee_match := {"owner": weir.datasource.get("mine", "allowed", "10.0.0.1").owner}`, `{"owner":"me"}`},
		{"not in a list", `tracee_match := {} if not weir.datasource.get("mine", "allowed", "10.0.0.2")`, `{}`},
		{"no list", `tracee_match := {} if not weir.datasource.get("mine", "other", "10.0.0.1")`, `{}`},
		{"a list by Weir", `tracee_match := {"image": weir.datasource.get("tracee", "containers", "c1").container_image}`, `{"image":"nginx"}`},
		{"no key for it", `tracee_match := {} if not weir.datasource.get("tracee", "process_tree", "7")`, `{}`},
		{"no name", `tracee_match := {} if not weir.dns("10.0.0.1")`, `{}`},
	} {
		for _, reference := range []bool{false, true} {
			text := asSignature("facts", c.body)
			programs, problems := NewLoader(Options{Reference: reference, ShadowEvery: 1}).
				Load(t.Context(), fstest.MapFS{"a.rego": &fstest.MapFile{Data: []byte(text)}}, "")
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			set := engine.NewSet(programs, engine.Limits{}, engine.WithSources(registry))
			for id, function := range map[string]string{"dns": "weir.dns(", "containers": "weir.container(", "process_tree": "weir.lineage("} {
				if got := programs[0].(*program).Asks("tracee", id); got != strings.Contains(c.body, function) {
					t.Errorf("%s: asks %s: %v", c.name, id, got)
				}
			}
			if got, ok := programs[0].(engine.Unwaiting); !ok || got.NeverWaits() == strings.Contains(c.body, "weir.datasource.get(") {
				t.Errorf("%s: never waits: %v", c.name, !ok || got.NeverWaits())
			}
			matches, faults := set.Evaluator().Evaluate(t.Context(), e)
			if len(matches) != 1 || len(faults) > 0 {
				t.Errorf("%s (topdown %v): %d matches, faults %v", c.name, reference, len(matches), faults)
				continue
			}
			var want map[string]any
			if err := json.Unmarshal([]byte(c.want), &want); err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(matches[0].Data)
			if err != nil {
				t.Fatal(err)
			}
			var read map[string]any
			if err := json.Unmarshal(got, &read); err != nil || !reflect.DeepEqual(read, want) {
				t.Errorf("%s (topdown %v): %s, want %s", c.name, reference, got, c.want)
			}
			if tier, reason := programs[0].(*program).Tier(); !reference && tier != TierCompiled {
				t.Errorf("%s: tier %s: %s", c.name, tier, reason)
			}
		}
	}
}
