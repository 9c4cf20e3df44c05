package detector

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/golang"
	"github.com/weirsec/weir/services/detector/rego"
	"github.com/weirsec/weir/services/detector/source"
	"github.com/weirsec/weir/signatures/sdk"
)

// onFindings is a signature in Rego about the findings of A, which passwd makes.
const onFindings = `package tracee.on_findings
__rego_metadoc__ := {"id": "on_findings", "version": "1"}
tracee_selected_events[s] { s := {"source": "tracee", "name": "A"} }
argument(name) := value { a := input.args[_]; a.name == name; value := a.value }
tracee_match := {
	"path": argument("path"), "by": argument("triggeredBy").name, "severity": input.metadata.Properties.Severity,
	"signature": input.metadata.Properties.signatureID, "process": input.processName,
}
`

// A Rego signature selects what another one finds, in batch after batch that
// are decoded into the same memory.
func TestRegoOnFindings(t *testing.T) {
	fsys := fstest.MapFS{"a.rego": {Data: []byte(passwd("A"))}, "b.rego": {Data: []byte(onFindings)}}
	programs, problems := rego.NewLoader(rego.Options{}).Load(t.Context(), fsys, "")
	if len(programs) != 2 {
		t.Fatal(problems)
	}
	set := engine.NewSet(programs, engine.Limits{})
	if got := set.EventNames(); !slices.Equal(got, []string{"openat"}) {
		t.Errorf("the interest is %q", got)
	}
	_, h, _ := start(t, set, stage.Settings{})
	for _, path := range []string{"/etc/passwd", "/etc/passwd-", "/etc/group", "/etc/passwd.lock"} {
		outputs, err := h.Handle(t.Context(), message(t, opens("/etc/group", path)))
		if err != nil {
			t.Fatal(err)
		}
		all := decoded(t, outputs)
		if !strings.HasPrefix(path, "/etc/passwd") {
			if len(all) != 0 {
				t.Errorf("%s: %d detections", path, len(all))
			}
			continue
		}
		if len(all) != 2 || all[0].ID == all[1].ID || all[1].Finding.Signature.ID != "on_findings" {
			t.Fatalf("%s: %+v", path, all)
		}
		data, ok := all[1].Finding.Data.(map[string]any)
		if !ok || data["path"] != path || data["by"] != "openat" || data["severity"] != 3.0 || data["signature"] != "A" ||
			data["process"] != "cat" || !slices.Equal(all[1].Finding.Events, []string{"n1/b/2"}) {
			t.Errorf("%s: %v of %q", path, data, all[1].Finding.Events)
		}
	}
}

// numbering tells how often each path was opened, and by which container's
// process tree.
type numbering struct{ goSignature }

func (numbering) State() []sdk.StateSpec { return []sdk.StateSpec{{Name: "opens", TTL: time.Hour}} }

func numberingOpens() numbering {
	return numbering{goSignature{"numbering", func(c *sdk.Context, e *event.Event) error {
		path, _ := e.String("pathname")
		opens := c.State("opens")
		before, _ := opens.Get(path)
		opens.Put(path, before+"|")
		tree, ok := c.DataSource("tracee", "process_tree")
		c.Report(map[string]any{"n": before + "|", "path": path, "tree": ok && tree.Version() == 1})
		return nil
	}}}
}

// What a signature remembers survives a swap, and is copied from memory that
// the next batch uses again.
func TestStateOverSwaps(t *testing.T) {
	registry, err := source.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	set := func(more ...sdk.Signature) *engine.Set {
		programs := []engine.Program{golang.New(numberingOpens())}
		for _, s := range more {
			programs = append(programs, golang.New(s))
		}
		return engine.NewSet(programs, engine.Limits{}, engine.WithSources(registry))
	}
	d, h, _ := start(t, set(), stage.Settings{})
	for i, want := range []string{"|", "||", "|||"} {
		outputs, err := h.Handle(t.Context(), message(t, opens("/etc/passwd", "/etc/shadow", "/etc/group")))
		if err != nil || len(outputs) != 3 {
			t.Fatal(len(outputs), err)
		}
		for _, made := range decoded(t, outputs) {
			data, ok := made.Finding.Data.(map[string]any)
			if !ok || data["n"] != want || data["tree"] != true {
				t.Errorf("batch %d: %v, want %q", i, made.Finding.Data, want)
			}
		}
		d.Swap(set(goSignature{"other", func(*sdk.Context, *event.Event) error { return nil }}))
	}
}
