package load

import (
	"encoding/json"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/weirsec/weir/internal/conformance"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/signatures/sdk"
)

// parityFinding is one recorded finding.
type parityFinding struct {
	Event int            `json:"event_index"`
	ID    string         `json:"signature_id"`
	Data  map[string]any `json:"data"`
}

// parityRecords is where the recorded cases are.
const parityRecords = "tracee/rego-signatures/v0.22.6"

// parityCase is what Tracee made of one document: evaluated as it is, read as an
// event, and given to all its signatures, on the host and in a container.
type parityCase struct {
	Signature struct {
		ID string `json:"id"`
	} `json:"signature"`
	Document json.RawMessage   `json:"input_document"`
	Events   []json.RawMessage `json:"events"`
	Expect   struct {
		Document    []parityFinding `json:"direct_document"`
		Direct      []parityFinding `json:"direct"`
		All         []parityFinding `json:"engine_all"`
		AsContainer []parityFinding `json:"engine_all_as_container"`
	} `json:"expect"`
}

func parityCases(t *testing.T) map[string]parityCase {
	t.Helper()
	files := conformance.Files(t, parityRecords+"/*/*.json")
	cases := map[string]parityCase{}
	for _, file := range files {
		var c parityCase
		conformance.Decode(t, file, &c)
		cases[filepath.Base(filepath.Dir(file))+"/"+filepath.Base(file)] = c
	}
	if len(cases) != 45 {
		t.Fatalf("%d cases, want 45", len(cases))
	}
	return cases
}

// parityPrograms are the shipped programs by id.
func parityPrograms(t *testing.T) map[string]engine.Program {
	t.Helper()
	all, problems := Shipped(t.Context(), 0)
	for _, p := range problems {
		t.Errorf("problem: %s", p)
	}
	programs := map[string]engine.Program{}
	for _, p := range all {
		programs[p.Metadata().ID] = p
	}
	return programs
}

// What the signatures say of themselves is what those who look at findings of
// Tracee know; only the descriptions are Weir's own.
func TestParityMetadata(t *testing.T) {
	var recorded []struct {
		ID, Name, Version string
		EventName         string `json:"event_name"`
		Properties        map[string]any
		Selectors         []sdk.Selector
		Tags              []string
		Disabled          bool
	}
	conformance.Decode(t, parityRecords+"/signatures.json", &recorded)
	if len(recorded) != 14 {
		t.Fatalf("%d signatures are recorded", len(recorded))
	}
	programs := parityPrograms(t)
	for _, want := range recorded {
		p := programs[want.ID]
		if p == nil {
			t.Errorf("%s is not shipped", want.ID)
			continue
		}
		m := p.Metadata()
		if m.Name != want.Name || m.Version != want.Version || m.EventName != want.EventName || !slices.Equal(m.Tags, want.Tags) {
			t.Errorf("%s: %+v, want %+v", want.ID, m, want)
		}
		if got := plain(t, m.Properties); !reflect.DeepEqual(got, want.Properties) {
			t.Errorf("%s: properties %v, want %v", want.ID, got, want.Properties)
		}
		got := slices.Clone(p.Selectors())
		for _, list := range [][]sdk.Selector{got, want.Selectors} {
			slices.SortFunc(list, func(a, b sdk.Selector) int { return strings.Compare(a.Name, b.Name) })
		}
		if !slices.Equal(got, want.Selectors) {
			t.Errorf("%s: selectors %v, want %v", want.ID, got, want.Selectors)
		}
		if inPack := slices.Contains(packIDs(t, "tracee-parity"), want.ID); inPack == want.Disabled {
			t.Errorf("%s: in the pack %v, disabled in Tracee %v", want.ID, inPack, want.Disabled)
		}
	}
}

func packIDs(t *testing.T, name string) []string {
	t.Helper()
	pack, err := Request{Pack: name}.pack()
	if err != nil {
		t.Fatal(err)
	}
	return pack.IDs
}

// plain is a document as the JSON decoder gives it.
func plain(t *testing.T, data map[string]any) map[string]any {
	t.Helper()
	text, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	var read map[string]any
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	return read
}

func checkParity(t *testing.T, name, way string, got, want []parityFinding) {
	t.Helper()
	if len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
		t.Errorf("%s, %s:\n got %v\nwant %v", name, way, got, want)
	}
}

// Fed directly, whatever is selected.
func TestParityDirect(t *testing.T) {
	programs := parityPrograms(t)
	for name, c := range parityCases(t) {
		var got []parityFinding
		for i, text := range c.Events {
			instance := programs[c.Signature.ID].NewInstance(func(r engine.Report) {
				got = append(got, parityFinding{i, c.Signature.ID, plain(t, r.Data)})
			})
			e := parityEvent(t, text)
			if err := instance.Evaluate(t.Context(), &engine.Input{Event: e}); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		checkParity(t, name, "direct", got, c.Expect.Direct)
	}
}

func parityEvent(t *testing.T, text []byte) *event.Event {
	t.Helper()
	e, err := event.ParseJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// Through the selectors of the pack.
func TestParityDispatch(t *testing.T) {
	set, problems, err := Load(t.Context(), Request{Pack: "tracee-parity"})
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	var recorded []struct{ ID string }
	conformance.Decode(t, parityRecords+"/signatures.json", &recorded)
	dispatch := func(events []json.RawMessage, change func(e *event.Event)) []parityFinding {
		evaluator := set.Evaluator()
		var got []parityFinding
		for i, text := range events {
			e := parityEvent(t, text)
			change(e)
			matches, faults := evaluator.Evaluate(t.Context(), e)
			for _, f := range faults {
				t.Errorf("%s: %v", f.Signature.Metadata.ID, f.Err)
			}
			for _, m := range matches {
				id := m.Signature.Metadata.ID
				// The pack has signatures of Tracee in Go as well.
				if slices.ContainsFunc(recorded, func(s struct{ ID string }) bool { return s.ID == id }) {
					got = append(got, parityFinding{i, id, plain(t, m.Data)})
				}
			}
		}
		return got
	}
	for name, c := range parityCases(t) {
		checkParity(t, name, "dispatched", dispatch(c.Events, func(*event.Event) {}), c.Expect.All)
		checkParity(t, name, "dispatched as a container's", dispatch(c.Events, func(e *event.Event) {
			e.Context.ContainerStarted = true
			if e.Context.Container.ID == "" {
				e.Context.Container.ID = "0123456789ab"
			}
		}), c.Expect.AsContainer)
	}
}
