package rego

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rawEvents are events as the recorded cases hold them.
func rawEvents(texts ...string) []json.RawMessage {
	var list []json.RawMessage
	for _, text := range texts {
		list = append(list, json.RawMessage(text))
	}
	return list
}

func directEvents(t *testing.T, programs []engine.Program, events ...*event.Event) ([]contractMatch, int) {
	t.Helper()
	var texts []json.RawMessage
	for _, e := range events {
		texts = append(texts, event.AppendJSON(nil, e))
	}
	return direct(t, programs, texts)
}

// reorder writes a JSON text with its keys in order.
func reorder(t *testing.T, text string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return asJSON(t, v)
}

func TestRunawayIsCutOff(t *testing.T) {
	bodies := map[string]string{
		"nested loops":  "tracee_match if count([1 | some i in numbers.range(1, 1000000); some j in numbers.range(1, 1000000); i > j]) == 1",
		"range":         "tracee_match if count(numbers.range(1, 1000000000)) == 1",
		"comprehension": "tracee_match if count({[i, j] | some i in numbers.range(1, 5000); some j in numbers.range(1, 5000)}) == 1",
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			programs, problems := NewLoader(Options{Timeout: 50 * time.Millisecond}).Load(t.Context(), files(map[string]string{"a.rego": v1(body)}), "")
			if len(programs) != 1 {
				t.Fatal(problems)
			}
			instance := programs[0].NewInstance(func(engine.Report) { t.Error("matched") })
			start := time.Now()
			err := instance.Evaluate(context.Background(), &engine.Input{Event: samples()["host"]})
			if !errors.Is(err, engine.ErrBudget) || strings.Count(err.Error(), engine.ErrBudget.Error()) != 1 {
				t.Errorf("got %v", err)
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}

func TestNumbersStayExact(t *testing.T) {
	body := `tracee_match := {"t": input.timestamp, "f": 1.50, "set": {3, 1, 2}, "nested": [{"n": input.cgroupId}]} if ` +
		`input.timestamp == 1680190419485136510`
	programs, problems := NewLoader(Options{}).Load(t.Context(), files(map[string]string{"a.rego": v1(body)}), "")
	if len(programs) != 1 {
		t.Fatal(problems)
	}
	matches, _ := directEvents(t, programs, samples()["host"])
	if len(matches) != 1 {
		t.Fatalf("%d matches", len(matches))
	}
	text, err := json.Marshal(matches[0].Data)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"f":1.50,"nested":[{"n":0}],"set":[1,2,3],"t":1680190419485136510}`; string(text) != want {
		t.Errorf("data %s, want %s", text, want)
	}
	if _, ok := matches[0].Data["t"].(json.Number); !ok {
		t.Errorf("a number is a %T", matches[0].Data["t"])
	}
}

func TestDigest(t *testing.T) {
	load := func(texts map[string]string) string {
		programs, problems := NewLoader(Options{}).Load(t.Context(), files(texts), "")
		if len(programs) != 1 {
			t.Fatal(problems)
		}
		return programs[0].Digest()
	}
	base := load(map[string]string{"a.rego": good})
	if moved := load(map[string]string{"b/c.rego": good}); moved != base {
		t.Error("the digest depends on the file's name")
	}
	if changed := load(map[string]string{"a.rego": good + "# x\n"}); changed == base {
		t.Error("the digest does not depend on the text")
	}
	own := "package tracee.helpers\nget_tracee_argument(_) := 1\n"
	if replaced := load(map[string]string{"a.rego": good, "x_helpers.rego": own}); replaced == base {
		t.Error("the digest does not depend on the libraries")
	}
}

// FuzzLoad gives the loader any text. It must answer with a problem or a
// signature, never with neither and never with a panic.
func FuzzLoad(f *testing.F) {
	f.Add(good)
	f.Add(v1(`tracee_match := {"a": 1} if input.eventName == "openat"`))
	f.Add("package a\ntracee_match")
	f.Add("package tracee.helpers\ntracee_match := true")
	f.Add("\x00\xff")
	f.Add(`package a
__rego_metadoc__ := {"id": 7, "tags": "x"}`)
	f.Fuzz(func(t *testing.T, text string) {
		fsys := files(map[string]string{"a.rego": text, "good.rego": good})
		programs, problems := NewLoader(Options{Timeout: 100 * time.Millisecond}).Load(context.Background(), fsys, "")
		var ours, others int
		for _, p := range programs {
			if p.Source() == "a.rego" {
				ours++
			} else {
				others++
			}
			instance := p.NewInstance(func(engine.Report) {})
			// Any error is an answer; only a panic is not.
			_ = instance.Evaluate(context.Background(), &engine.Input{Event: samples()["host"]})
		}
		// The good one may only be missing where a library spoilt it.
		if others == 0 && len(problems) == 0 {
			t.Errorf("the good signature is lost without a word beside %q", text)
		}
		if strings.Contains(text, matchRule) && ours == 0 && len(problems) == 0 && !isLibrary(text) {
			t.Errorf("neither signature nor problem for %q", text)
		}
	})
}

// isLibrary reports whether a text is valid Rego without a signature's rules.
func isLibrary(text string) bool {
	caps, _ := capabilities()
	p, err := parse(source{name: "a.rego", text: strings.TrimPrefix(text, "\ufeff")}, caps)
	return err == nil && !p.isSignature()
}

func FuzzMetadata(f *testing.F) {
	f.Add(`{"id":"a","Version":"1","tags":["x"],"properties":{"n":1.50}}`)
	f.Add(`{"ID":1}`)
	f.Add(`[]`)
	f.Fuzz(func(t *testing.T, text string) {
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		var document any
		if d.Decode(&document) != nil {
			return
		}
		m, err := decodeMetadata(document)
		if err != nil {
			return
		}
		again, err := decodeMetadata(map[string]any{"id": m.ID, "properties": m.Properties, "tags": m.Tags})
		if err != nil || again.ID != m.ID || len(again.Properties) != len(m.Properties) {
			t.Errorf("%+v read again is %+v, %v", m, again, err)
		}
	})
}

func BenchmarkEvaluate(b *testing.B) {
	programs, problems := NewLoader(Options{}).Load(b.Context(), files(map[string]string{"a.rego": good}), "")
	if len(programs) != 1 {
		b.Fatal(problems)
	}
	instance := programs[0].NewInstance(func(engine.Report) {})
	in := &engine.Input{Event: samples()["host"]}
	b.ReportAllocs()
	for b.Loop() {
		if err := instance.Evaluate(context.Background(), in); err != nil {
			b.Fatal(err)
		}
	}
}
