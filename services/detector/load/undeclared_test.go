package load

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/golang"
	"github.com/weirsec/weir/services/detector/source"
	"github.com/weirsec/weir/signatures/sdk"
)

// resolving asks for names at each event and does not say so.
type resolving struct{}

func (resolving) Metadata() sdk.Metadata { return sdk.Metadata{ID: "resolving", Version: "1"} }

func (resolving) Selectors() []sdk.Selector {
	return []sdk.Selector{{Source: sdk.Source, Name: "openat"}}
}

func (resolving) OnEvent(c *sdk.Context, _ *event.Event) error {
	c.DataSource("tracee", "dns")
	return nil
}

func TestUndeclaredSourceIsTold(t *testing.T) {
	sources, err := source.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	for _, r := range []Request{{}, {Logger: slog.New(slog.NewTextHandler(&log, nil))}} {
		set := engine.NewSet([]engine.Program{golang.New(resolving{})}, engine.Limits{},
			engine.WithSources(sources), engine.OnUndeclared(r.warnUndeclared))
		e := set.Evaluator()
		for range 3 {
			if _, faults := e.Evaluate(t.Context(), &event.Event{Shape: &event.Shape{Name: "openat"}, Context: &event.Context{}}); len(faults) > 0 {
				t.Fatal(faults)
			}
		}
	}
	text := log.String()
	if strings.Count(text, "\n") != 1 || !strings.Contains(text, "signature=resolving") ||
		!strings.Contains(text, "datasource=tracee/dns") || !strings.Contains(text, "DataSources() []string") {
		t.Errorf("the log says %q", text)
	}
}
