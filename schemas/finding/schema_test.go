package finding

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schemas compiles both schemas.
func schemas(t testing.TB) (data, whole *jsonschema.Schema) {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	var ids []string
	for _, text := range []string{SchemaJSON(), CloudEventSchemaJSON()} {
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		id, _ := doc.(map[string]any)["$id"].(string)
		if err := c.AddResource(id, doc); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	var compiled []*jsonschema.Schema
	for _, id := range ids {
		s, err := c.Compile(id)
		if err != nil {
			t.Fatal(err)
		}
		compiled = append(compiled, s)
	}
	return compiled[0], compiled[1]
}

func sampleEvent(t testing.TB) map[string]any {
	t.Helper()
	text, err := os.ReadFile("testdata/cloudevent.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc.(map[string]any)
}

func TestSampleIsValid(t *testing.T) {
	data, whole := schemas(t)
	doc := sampleEvent(t)
	if err := whole.Validate(doc); err != nil {
		t.Error(err)
	}
	if err := data.Validate(doc["data"]); err != nil {
		t.Error(err)
	}
}

// What Go writes is what the schema promises, from the full finding to the
// emptiest one.
func TestMarshalledIsValid(t *testing.T) {
	data, _ := schemas(t)
	text, err := json.Marshal(sampleEvent(t)["data"])
	if err != nil {
		t.Fatal(err)
	}
	var full Finding
	strict := json.NewDecoder(bytes.NewReader(text))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&full); err != nil {
		t.Fatalf("the sample has what Finding has not: %v", err)
	}
	empty := Finding{Signature: Signature{ID: "x", Severity: SeverityLow}, TraceID: TraceID("x")}
	for name, f := range map[string]Finding{"full": full, "empty": empty} {
		text, err := json.Marshal(f.Complete())
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := data.Validate(doc); err != nil {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
	// Nothing is required or described that Go does not write, and the reverse.
	var schema struct {
		Properties map[string]any `json:"properties"`
		Required   []string       `json:"required"`
	}
	if err := json.Unmarshal([]byte(SchemaJSON()), &schema); err != nil {
		t.Fatal(err)
	}
	fields := reflect.TypeFor[Finding]()
	if fields.NumField() != len(schema.Properties) || fields.NumField() != len(schema.Required) {
		t.Errorf("%d fields, %d properties, %d required", fields.NumField(), len(schema.Properties), len(schema.Required))
	}
}

// A schema that accepts everything would prove nothing.
func TestSchemaRefuses(t *testing.T) {
	_, whole := schemas(t)
	at := func(doc map[string]any, path ...string) map[string]any {
		for _, key := range path {
			doc = doc[key].(map[string]any)
		}
		return doc
	}
	for _, test := range []struct {
		name   string
		change func(doc map[string]any)
	}{
		{"no id", func(d map[string]any) { delete(d, "id") }},
		{"empty id", func(d map[string]any) { d["id"] = "" }},
		{"version", func(d map[string]any) { d["specversion"] = "1.0.2" }},
		{"type", func(d map[string]any) { d["type"] = "io.github.weirsec.finding.v2" }},
		{"relative source", func(d map[string]any) { d["source"] = "node-1" }},
		{"subject with a file name", func(d map[string]any) { d["subject"] = "host/n/proc/5/bin/sh" }},
		{"time", func(d map[string]any) { d["time"] = "2025-11-20 12:00:03" }},
		{"severity number", func(d map[string]any) { d["severitynumber"] = json.Number("3") }},
		{"severity of another", func(d map[string]any) { d["severitynumber"] = json.Number("9") }},
		{"short sequence", func(d map[string]any) { d["sequence"] = "1" }},
		{"attribute in capitals", func(d map[string]any) { d["Node"] = "x" }},
		{"unknown key", func(d map[string]any) { at(d, "data")["extra"] = true }},
		{"missing key", func(d map[string]any) { delete(at(d, "data"), "dns") }},
		{"null list", func(d map[string]any) { at(d, "data")["events"] = nil }},
		{"severity word", func(d map[string]any) { at(d, "data", "signature")["severity"] = "HIGH" }},
		{"unknown status", func(d map[string]any) { at(d, "data", "enrichment")["process"] = "maybe" }},
		{"text for a number", func(d map[string]any) { at(d, "data", "process")["pid"] = "1" }},
		{"trace id", func(d map[string]any) { at(d, "data")["trace_id"] = strings.Repeat("A", 32) }},
		{"evidence", func(d map[string]any) { delete(at(d, "data", "evidence"), "complete") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			doc := sampleEvent(t)
			test.change(doc)
			if err := whole.Validate(doc); err == nil {
				t.Error("accepted")
			}
		})
	}
	doc := sampleEvent(t)
	doc["correlationid"] = "more attributes are allowed"
	if err := whole.Validate(doc); err != nil {
		t.Error(err)
	}
}
