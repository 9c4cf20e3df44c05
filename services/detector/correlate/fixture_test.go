package correlate

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/signatures/sdk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// base is a signature that matches the events whose return value is negative,
// as often as that says.
type base struct{ names []string }

func (base) Metadata() sdk.Metadata { return sdk.Metadata{ID: "base", Version: "1", EventName: "base"} }
func (base) Digest() string         { return "d" }
func (base) Source() string         { return "here" }

func (b base) Selectors() []sdk.Selector {
	var list []sdk.Selector
	for _, name := range b.names {
		list = append(list, sdk.Selector{Source: sdk.Source, Name: name})
	}
	return list
}

func (base) NewInstance(report func(engine.Report)) engine.Instance {
	return &baseInstance{report: report}
}

type baseInstance struct {
	report func(engine.Report)
	data   map[string]any
}

func (i *baseInstance) Evaluate(_ context.Context, in *engine.Input) error {
	for range -in.Event.ReturnValue {
		i.report(engine.Report{Data: i.data})
	}
	return nil
}

// newProgram correlates the base.
func newProgram(t testing.TB, c sdk.Correlation, names ...string) engine.Program {
	t.Helper()
	p, err := New(base{names}, c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// at is an event that the base matches, at a second.
func at(name string, seconds int64) *event.Event {
	return &event.Event{
		Seq: uint64(seconds), Time: seconds * int64(time.Second), ReturnValue: -1,
		Shape:   &event.Shape{Name: name, Args: []event.ArgSpec{{Name: "pathname", Type: "const char*"}}},
		Values:  []event.Value{event.String("/etc/passwd")},
		Context: &event.Context{Node: "n", BootID: "b", ProcessName: "cat"},
	}
}

// evaluator evaluates one program in an engine.
func evaluator(p engine.Program) (*engine.Set, *engine.Evaluator) {
	set := engine.NewSet([]engine.Program{p}, engine.Limits{})
	return set, set.Evaluator()
}

// count is so many matches of a process in ten seconds.
func count(n int) sdk.Correlation {
	return sdk.Correlation{
		Type: sdk.EventCount, GroupBy: []string{"processName"}, Timespan: 10 * time.Second,
		Condition: sdk.Condition{AtLeast: n},
	}
}
