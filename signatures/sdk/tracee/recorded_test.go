package tracee

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/aquasecurity/tracee/types/detect"

	"github.com/weirsec/weir/internal/conformance"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

// TestRecordedSignatures runs signatures as authors write them over events that
// Tracee's own were recorded with, and wants the findings that those had.
func TestRecordedSignatures(t *testing.T) {
	for _, c := range []struct {
		pattern   string
		words     bool
		signature detect.Signature
	}{
		{"v0.22.6/TRC-1013_*", true, &apiConnection{}},
		{"v0.24.1/TRC-1013_*", false, &apiConnection{}},
		{"v0.22.6/TRC-102_*", true, &wordsTracer{}},
		{"v0.24.1/TRC-102_*", false, &numbersTracer{}},
		// Whatever the events carry, a signature gets what it was written for.
		{"v0.22.6/TRC-102_*", false, &numbersTracer{}},
		{"v0.24.1/TRC-102_*", true, &wordsTracer{}},
		{"v0.22.6/TRC-104_*", false, &codeLoading{}},
		{"v0.24.1/TRC-104_*", false, &codeLoading{}},
		{"v0.22.6/TRC-1020_*", true, &hookedFiles{}},
		{"v0.24.1/TRC-1020_*", false, &hookedFiles{}},
		{"v0.22.6/TRC-1010_*", true, &releaseAgent{words: true}},
		{"v0.24.1/TRC-1010_*", false, &releaseAgent{}},
		{"v0.22.6/TRC-1010_*", false, &releaseAgent{}},
		{"v0.24.1/TRC-1010_*", true, &releaseAgent{words: true}},
		{"v0.22.6/TRC-101_*", true, &standardSocket{}},
		{"v0.24.1/TRC-101_*", false, &standardSocket{}},
		{"v0.22.6/TRC-1025_*", true, &foreignWrite{}},
		{"v0.24.1/TRC-1025_*", false, &foreignWrite{}},
		{"v0.22.6/TRC-1022_*", true, &droppedProgram{}},
		{"v0.24.1/TRC-1022_*", false, &droppedProgram{}},
	} {
		t.Run(fmt.Sprintf("%s words %v", c.pattern, c.words), func(t *testing.T) {
			for _, file := range conformance.Files(t, "tracee/go-signatures/"+c.pattern+"/*.json") {
				checkRecorded(t, c.signature, Options{Words: c.words}, file)
			}
		})
	}
}

func checkRecorded(t *testing.T, s detect.Signature, opts Options, file string) {
	t.Helper()
	var doc struct {
		Events []json.RawMessage `json:"events"`
		Expect struct {
			Direct []struct {
				Event int `json:"event_index"`
				Data  any `json:"data"`
			} `json:"direct"`
		} `json:"expect"`
	}
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &doc)
	}
	if err != nil {
		t.Fatal(err)
	}
	started := start(t, s, opts)
	for i, raw := range doc.Events {
		e, err := event.ParseJSON(raw)
		if err != nil {
			t.Fatal(err)
		}
		if err := started.OnEvent(started.context, e); err != nil {
			t.Errorf("%s: event %d: %v", file, i, err)
		}
		got := started.taken()
		var want []any
		for _, d := range doc.Expect.Direct {
			if d.Event == i {
				want = append(want, d.Data)
			}
		}
		if asText(t, got) != asText(t, want) {
			t.Errorf("%s: event %d: findings %s, want %s", file, i, asText(t, got), asText(t, want))
		}
	}
}

func asText(t *testing.T, value []any) string {
	t.Helper()
	text, err := json.Marshal(append([]any{}, value...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// at is a signature at work, with what it reported.
type at struct {
	sdk.Signature
	context *sdk.Context
	reports []any
}

// start makes an instance of a signature of Tracee.
func start(t testing.TB, s detect.Signature, opts Options) *at {
	t.Helper()
	adapted, err := New(s, opts)
	if err != nil {
		t.Fatal(err)
	}
	started, err := startAdapted(adapted)
	if err != nil {
		t.Fatal(err)
	}
	return started
}

func startAdapted(s *Signature) (*at, error) {
	started := &at{}
	started.context = sdk.NewContext(func(data map[string]any) {
		var any any = data
		if data == nil {
			any = nil
		}
		started.reports = append(started.reports, any)
	})
	var err error
	started.Signature, err = s.NewInstance(started.context)
	return started, err
}

// taken returns the data of what was reported since it was last called.
func (a *at) taken() []any {
	reports := a.reports
	a.reports = nil
	return reports
}

// TestRecordedArguments wants the Go type and the value that Tracee's own
// decoders were recorded with, in both vocabularies.
func TestRecordedArguments(t *testing.T) {
	for _, c := range []struct {
		version string
		words   bool
	}{{"v0.22.6", true}, {"v0.24.1", false}} {
		text, err := os.ReadFile(conformance.Files(t, "tracee/event-json/argument_decode_"+c.version+".json")[0])
		if err != nil {
			t.Fatal(err)
		}
		var cases []struct {
			JSON  json.RawMessage `json:"json"`
			Type  string          `json:"go_type"`
			Value string          `json:"go_value"`
			Error string          `json:"error"`
		}
		if err := json.Unmarshal(text, &cases); err != nil {
			t.Fatal(err)
		}
		checked := 0
		for _, k := range cases {
			var argument string
			if err := json.Unmarshal(k.JSON, &argument); err != nil {
				t.Fatal(err)
			}
			e, err := event.ParseJSON([]byte(`{"eventName":"any","args":[` + argument + `]}`))
			if err != nil {
				t.Fatal(err)
			}
			got := Event(e, c.words).Args[0]
			if k.Error != "" {
				// Tracee rejects the event for it; Weir keeps the value.
				if v, _ := e.Arg("a"); !v.IsNull() && got.Value == nil {
					t.Errorf("%s %s: the value is lost", c.version, argument)
				}
				continue
			}
			checked++
			if typ := fmt.Sprintf("%T", got.Value); typ != k.Type || fmt.Sprint(got.Value) != k.Value {
				t.Errorf("%s %s: %s %v, want %s %s", c.version, argument, typ, got.Value, k.Type, k.Value)
			}
		}
		if checked < 50 {
			t.Errorf("%s: only %d cases were checked", c.version, checked)
		}
	}
}
