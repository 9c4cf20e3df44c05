package plugin

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/aquasecurity/tracee/types/detect"
	"github.com/aquasecurity/tracee/types/protocol"
	"github.com/aquasecurity/tracee/types/trace"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/signatures/sdk"
)

// theirs is a signature of Tracee.
type theirs struct {
	ID     string
	report detect.SignatureHandler
}

func (s *theirs) GetMetadata() (detect.SignatureMetadata, error) {
	return detect.SignatureMetadata{ID: s.ID, EventName: "theirs"}, nil
}

func (*theirs) GetSelectedEvents() ([]detect.SignatureEventSelector, error) {
	return []detect.SignatureEventSelector{{Source: "tracee", Name: "ptrace"}}, nil
}

func (s *theirs) Init(c detect.SignatureContext) error {
	s.report = c.Callback
	return nil
}

func (s *theirs) OnEvent(e protocol.Event) error {
	payload, ok := e.Payload.(trace.Event)
	if !ok {
		return errors.New("no event")
	}
	f := &detect.Finding{Event: e}
	f.AddDataEntry("request", payload.Args[0].Value)
	s.report(f)
	return nil
}
func (*theirs) OnSignal(detect.Signal) error { return nil }
func (*theirs) Close()                       {}

// ours is a signature of Weir.
type ours struct{}

func (ours) Metadata() sdk.Metadata                   { return sdk.Metadata{ID: "OURS"} }
func (ours) Selectors() []sdk.Selector                { return nil }
func (ours) OnEvent(*sdk.Context, *event.Event) error { return nil }
func (ours) Namespace() string                        { return "ours" }
func (ours) ID() string                               { return "ours" }
func (ours) Version() uint                            { return 1 }
func (ours) Keys() []string                           { return []string{"string"} }
func (ours) Schema() string                           { return "{}" }
func (ours) Get(key any) (map[string]any, error)      { return map[string]any{"key": key}, nil }
func exported(symbols map[string]any) lookup {
	return func(name string) (any, error) {
		if s, ok := symbols[name]; ok {
			return s, nil
		}
		return nil, errors.New("symbol " + name + " not found")
	}
}

func TestReader(t *testing.T) {
	words, numbers, neither, number := "words", "numbers", "both", 7
	signatures := &[]detect.Signature{&theirs{ID: "T-1"}}
	for _, c := range []struct {
		name     string
		symbols  map[string]any
		programs []string
		sources  []string
		problems []string
	}{
		{"nothing", nil, nil, nil, []string{"no variable ExportedSignatures: symbol ExportedSignatures not found"}},
		{"of Tracee", map[string]any{signaturesSymbol: signatures}, []string{"T-1"}, nil, nil},
		{"of Weir", map[string]any{signaturesSymbol: &[]sdk.Signature{ours{}}}, []string{"OURS"}, nil, nil},
		{"none at all", map[string]any{signaturesSymbol: &[]sdk.Signature{}}, nil, nil, nil},
		{"in words", map[string]any{signaturesSymbol: signatures, argumentsSymbol: &words}, []string{"T-1"}, nil, nil},
		{"in numbers", map[string]any{signaturesSymbol: signatures, argumentsSymbol: &numbers}, []string{"T-1"}, nil, nil},
		{"in neither", map[string]any{signaturesSymbol: signatures, argumentsSymbol: &neither}, nil, nil, []string{`ExportedArguments is "both"`}},
		{"in a number", map[string]any{signaturesSymbol: signatures, argumentsSymbol: &number}, nil, nil, []string{`ExportedArguments is a int`}},
		{"one of two", map[string]any{signaturesSymbol: &[]detect.Signature{nil, &theirs{ID: "T-2"}, &theirs{}}}, []string{"T-2"}, nil, []string{
			"signature 1 of ExportedSignatures (<nil>): the signature is nil", "signature 3 of ExportedSignatures (*plugin.theirs): *plugin.theirs: metadata: the id is empty",
		}},
		{"by value", map[string]any{signaturesSymbol: *signatures}, nil, nil, []string{"ExportedSignatures is a []detect.Signature: it must be a variable"}},
		{"a function", map[string]any{signaturesSymbol: func() {}}, nil, nil, []string{"ExportedSignatures is a func(): it must be a variable"}},
		{"nil", map[string]any{signaturesSymbol: nil}, nil, nil, []string{"ExportedSignatures is a <nil>"}},
		{"sources", map[string]any{signaturesSymbol: signatures, sourcesSymbol: &[]sdk.DataSource{ours{}}}, []string{"T-1"}, []string{"ours"}, nil},
		{"the same source twice", map[string]any{signaturesSymbol: signatures, sourcesSymbol: &[]sdk.DataSource{ours{}, ours{}}}, []string{"T-1"}, []string{"ours"}, []string{
			"data source ours/ours is registered twice",
		}},
		{"no source", map[string]any{signaturesSymbol: signatures, sourcesSymbol: &[]sdk.DataSource{nil}}, []string{"T-1"}, nil, []string{"is nil"}},
		{"no source of Tracee", map[string]any{signaturesSymbol: signatures, sourcesSymbol: &[]detect.DataSource{nil}}, []string{"T-1"}, nil, []string{
			"data source 1 of ExportedDataSources: the data source is nil",
		}},
		{"something for sources", map[string]any{signaturesSymbol: signatures, sourcesSymbol: &number}, []string{"T-1"}, nil, []string{
			"ExportedDataSources is a int: it must be a variable of type []detect.DataSource",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var into Loaded
			r := reader{file: "x.so", digest: "d", find: exported(c.symbols), into: &into}
			r.read()
			var programs, sources, problems []string
			for _, p := range into.Programs {
				programs = append(programs, p.Metadata().ID)
				if !strings.HasPrefix(p.Source(), "x.so:plugin.") {
					t.Errorf("source %q", p.Source())
				}
			}
			for _, s := range into.Sources {
				sources = append(sources, s.ID())
			}
			for _, p := range into.Problems {
				problems = append(problems, p.String())
			}
			if !slices.Equal(programs, c.programs) || !slices.Equal(sources, c.sources) || len(problems) != len(c.problems) {
				t.Fatalf("programs %q, sources %q, problems %q", programs, sources, problems)
			}
			for i, want := range c.problems {
				if !strings.HasPrefix(problems[i], "x.so: ") || !strings.Contains(problems[i], want) {
					t.Errorf("problem %q, want %q", problems[i], want)
				}
			}
		})
	}
}

// A plugin says whether its signatures want arguments in words.
func TestArguments(t *testing.T) {
	e, err := event.ParseJSON([]byte(`{"eventName":"ptrace","args":[{"name":"request","type":"long","value":0}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for form, want := range map[string]any{"words": "PTRACE_TRACEME", "numbers": int64(0)} {
		var into Loaded
		r := reader{file: "x.so", into: &into, find: exported(map[string]any{
			signaturesSymbol: &[]detect.Signature{&theirs{ID: "T-1"}}, argumentsSymbol: &form,
		})}
		r.read()
		matches, faults := engine.NewSet(into.Programs, engine.Limits{}).Evaluator().Evaluate(t.Context(), e)
		if len(matches) != 1 || len(faults) > 0 || matches[0].Data["request"] != want {
			t.Errorf("%s: %+v, %+v", form, matches, faults)
		}
	}
}
