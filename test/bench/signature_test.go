package bench

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/golang"
	"github.com/weirsec/weir/services/detector/load"
	"github.com/weirsec/weir/services/detector/rego"
	"github.com/weirsec/weir/signatures/sdk"
)

const (
	// watchedEvery is how many opens there are for one that the signatures match.
	watchedEvery = 100
	// watchedMark ends the names of files that the signatures match.
	watchedMark = "-weir-bench"
)

// watchRego and watchGo select every openat and match names with the mark.
const watchRego = `package tracee.Watch
import data.tracee.helpers
__rego_metadoc__ := {"id": "watch", "version": "1", "eventName": "watch", "properties": {"Severity": 1}}
tracee_selected_events[s] { s := {"source": "tracee", "name": "openat"} }
tracee_match = {"path": path} {
	path := helpers.get_tracee_argument("pathname")
	endswith(path, "` + watchedMark + `")
}
`

type watchGo struct {
	// all makes every event a finding.
	all bool
}

func (watchGo) Metadata() sdk.Metadata {
	return sdk.Metadata{ID: "watch", Version: "1", EventName: "watch", Properties: map[string]any{"Severity": 1}}
}

func (watchGo) Selectors() []sdk.Selector {
	return []sdk.Selector{{Source: sdk.Source, Name: "openat"}}
}

func (w watchGo) OnEvent(c *sdk.Context, e *event.Event) error {
	if path, ok := e.String("pathname"); ok && (w.all || strings.HasSuffix(path, watchedMark)) {
		c.Report(map[string]any{"path": path})
	}
	return nil
}

// signatureSet returns the set of that name: "go", "rego", "all" (a finding for
// every open), "other" (in Rego, of other events) or "stable", the shipped pack.
func signatureSet(t testing.TB, name string) *engine.Set {
	t.Helper()
	switch name {
	case "go", "all":
		return engine.NewSet([]engine.Program{golang.New(watchGo{all: name == "all"})}, engine.Limits{})
	case "rego", "other":
		text := map[string]string{"rego": watchRego, "other": watchNothing}[name]
		files := fstest.MapFS{"watch.rego": &fstest.MapFile{Data: []byte(text), Mode: 0o644}}
		programs, problems := rego.NewLoader(rego.Options{}).Load(t.Context(), files, "")
		if len(programs) != 1 || len(problems) > 0 {
			t.Fatal(problems)
		}
		return engine.NewSet(programs, engine.Limits{})
	case "stable":
		set, problems, err := load.Load(t.Context(), load.Request{})
		if err != nil || len(problems) > 0 {
			t.Fatal(problems, err)
		}
		return set
	}
	t.Fatal(fmt.Errorf("no set %q", name))
	return nil
}
