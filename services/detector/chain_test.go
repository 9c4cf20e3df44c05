package detector

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"go.opentelemetry.io/otel/sdk/metric"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/rego"
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
	if got := set.Interest().Names(); !slices.Equal(got, []string{"openat"}) {
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

// What the engine leaves out or forgets is counted, over swaps too.
func TestLossesOfTheEngineAreCounted(t *testing.T) {
	reader := metric.NewManualReader()
	provider := metric.NewMeterProvider(metric.WithReader(reader))
	inCircles := func(id, eventName, selects string) sdk.Signature {
		return circular{goSignature{id, func(c *sdk.Context, e *event.Event) error {
			c.State("seen").Put(strconv.FormatUint(e.Seq, 10), e.Name())
			c.Report(nil)
			return nil
		}}, eventName, selects}
	}
	set := func() *engine.Set {
		return goSet(inCircles("A", "a", "openat"), inCircles("B", "b", "a"), inCircles("C", "a", "b"))
	}
	d, h, _ := start(t, set(), stage.Settings{Meter: provider.Meter("test")})
	for range 2 {
		// Each event gives A, then B and C in turns; B finds in findings of A
		// and C.
		outputs, err := h.Handle(t.Context(), message(t, opens("1", "2", "3")))
		if err != nil || len(outputs) != 3*6 {
			t.Fatal(len(outputs), err)
		}
		d.Swap(set())
	}
	// A and B see three events in each batch, and remember two.
	checkMetrics(t, reader, map[string]int64{
		"weir.detector.findings.unlinked depth": 6, "weir.detector.findings.unlinked count": 0,
		"weir.detector.state.evicted A full": 4, "weir.detector.state.evicted A overweight": 0,
		"weir.detector.state.evicted B full": 4,
	})
	if _, err := h.Handle(t.Context(), message(t, opens("1"))); err != nil {
		t.Fatal(err)
	}
	checkMetrics(t, reader, map[string]int64{
		"weir.detector.findings.unlinked depth": 7, "weir.detector.state.evicted A full": 5, "weir.detector.state.entries A": 2,
	})
}

// circular is a signature with an event name and a selector to choose, which
// remembers two events.
type circular struct {
	goSignature
	eventName, selects string
}

func (c circular) Metadata() sdk.Metadata {
	return sdk.Metadata{ID: c.id, Version: "1", EventName: c.eventName}
}

func (c circular) Selectors() []sdk.Selector {
	return []sdk.Selector{{Source: sdk.Source, Name: c.selects}}
}

func (circular) State() []sdk.StateSpec {
	return []sdk.StateSpec{{Name: "seen", TTL: time.Hour, MaxEntries: 2}}
}
