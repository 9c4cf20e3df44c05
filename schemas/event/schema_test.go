package event

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func eventSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile("event.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("event.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("event.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRenderedMatchesSchema(t *testing.T) {
	schema := eventSchema(t)
	odd := sample()
	odd.Extra = &Extra{StackAddresses: []uint64{}}
	odd.Shape = &Shape{ID: math.MinInt32, Name: "a\xff\x00"}
	odd.Values = nil
	odd.Context.PID, odd.Context.Container, odd.Time = math.MinInt32, Container{}, math.MinInt64
	for name, e := range map[string]*Event{"full": sample(), "empty": {Shape: &Shape{}, Context: &Context{}}, "odd": odd} {
		for _, text := range [][]byte{AppendJSON(nil, e), AppendRawJSON(nil, e)} {
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(doc); err != nil {
				t.Errorf("%s: %v\n%s", name, err, text)
			}
		}
	}
}

func TestSchemaRefuses(t *testing.T) {
	schema := eventSchema(t)
	for key, value := range map[string]any{
		"eventId": json.Number("257"), "timestamp": json.Number("1.5"), "processId": "1", "container": nil,
		"contextFlags": map[string]any{}, "userId": json.Number("-1"), "unheardOf": "x", "args": nil,
		"stackAddresses": []any{"0x1"}, "metadata": "x",
	} {
		doc := decoded(t, AppendJSON(nil, sample())).(map[string]any)
		doc[key] = value
		if err := schema.Validate(doc); err == nil {
			t.Errorf("%s = %v was accepted", key, value)
		}
	}
	doc := decoded(t, AppendJSON(nil, sample())).(map[string]any)
	delete(doc, "args")
	if err := schema.Validate(doc); err == nil {
		t.Error("an event without args was accepted")
	}
}
