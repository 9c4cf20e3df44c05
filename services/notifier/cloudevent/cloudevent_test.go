package cloudevent

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/weirsec/weir/schemas/finding"
)

// sample returns the detection that the tests of all the notifier's packages
// share.
func sample(t testing.TB) finding.Detection {
	t.Helper()
	text, err := os.ReadFile("../testdata/detection.json")
	if err != nil {
		t.Fatal(err)
	}
	var d finding.Detection
	if err := DecodeJSON(text, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func marshal(t testing.TB, d finding.Detection) []byte {
	t.Helper()
	data, err := Marshal(&d)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestMarshalAttributes(t *testing.T) {
	var got map[string]any
	if err := json.Unmarshal(marshal(t, sample(t)), &got); err != nil {
		t.Fatal(err)
	}
	delete(got, "data")
	want := map[string]any{
		"specversion":     "1.0",
		"id":              "k3vqx2mwh5tq7d4nb6yzr2c7u5fjaeio",
		"source":          "https://weirsec.github.io/weir/nodes/web-1.example",
		"type":            "io.github.weirsec.finding.v1",
		"subject":         "container/3f2a9c1d7b84e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e/proc/2241929191",
		"datacontenttype": "application/json",
		"dataschema":      "https://weirsec.github.io/weir/schemas/finding/v1/finding.schema.json",
		"time":            "2025-11-20T12:00:03.1142003Z",
		"recordedtime":    "2025-11-20T12:00:03.1179Z",
		"severitynumber":  17.0,
		"severitytext":    "ERROR",
		"traceparent":     "00-4bf92f3577b34da6a3ce929d0e0e4736-d948d4cccc2e0ddf-01",
		"partitionkey":    "web-1.example/3f2a9c1d7b84",
		"sequence":        "00000000000000481516",
	}
	for name, value := range want {
		if !reflect.DeepEqual(got[name], value) {
			t.Errorf("%s = %v, want %v", name, got[name], value)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("unexpected attribute %s", name)
		}
		if len(name) > 20 || strings.ToLower(name) != name {
			t.Errorf("%s is no attribute name", name)
		}
	}
}

// Everything but the stamps survives, and large numbers stay exact.
func TestParseReturnsWhatWasMarshalled(t *testing.T) {
	want := sample(t)
	data := marshal(t, want)
	got, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	want.Stamps = nil
	var compact bytes.Buffer
	if err := json.Compact(&compact, want.Finding.Event); err != nil {
		t.Fatal(err)
	}
	want.Finding.Event = compact.Bytes()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if !bytes.Contains(data, []byte("18446744071562067968")) {
		t.Error("a number above 2^53 was rounded")
	}
}

func TestMarshalIsDeterministic(t *testing.T) {
	first := marshal(t, sample(t))
	for range 20 {
		if again := marshal(t, sample(t)); !bytes.Equal(first, again) {
			t.Fatalf("the same detection gave\n%s\nand\n%s", first, again)
		}
	}
	parsed, err := Parse(first)
	if err != nil {
		t.Fatal(err)
	}
	if again := marshal(t, parsed); !bytes.Equal(first, again) {
		t.Errorf("parsed and rendered again:\n%s\nwant\n%s", again, first)
	}
	if bytes.ContainsAny(first, "\n\r") {
		t.Error("the event is not on one line")
	}
}

// The SDK reads what Marshal writes, and its own event of the same detection
// says the same.
func TestNewAgreesWithMarshal(t *testing.T) {
	d := sample(t)
	made, err := New(&d)
	if err != nil {
		t.Fatal(err)
	}
	var read event.Event
	if err := json.Unmarshal(marshal(t, d), &read); err != nil {
		t.Fatal(err)
	}
	if err := read.Validate(); err != nil {
		t.Errorf("the SDK finds the event invalid: %v", err)
	}
	if !bytes.Equal(made.Data(), read.Data()) {
		t.Errorf("data differ:\n%s\n%s", made.Data(), read.Data())
	}
	a, err := json.Marshal(made)
	if err != nil {
		t.Fatal(err)
	}
	var left, right map[string]any
	if err := json.Unmarshal(a, &left); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(marshal(t, d), &right); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(left, right) {
		t.Errorf("events differ:\n%v\n%v", left, right)
	}
}

func TestMarshalEmptyLists(t *testing.T) {
	d := finding.Detection{ID: "x", Finding: finding.Finding{Signature: finding.Signature{Severity: "low"}}}
	data := marshal(t, d)
	for _, want := range []string{
		`"events":[]`, `"dns":[]`, `"tags":[]`, `"lost":[]`, `"properties":{}`, `"enrichment":{}`,
		`"event":null`, `"process":null`, `"severitytext":"INFO2"`, `"trace_id":"` + finding.TraceID("x") + `"`,
	} {
		if !bytes.Contains(data, []byte(want)) {
			t.Errorf("no %s in %s", want, data)
		}
	}
	for _, never := range []string{`"subject"`, `"partitionkey"`} {
		if bytes.Contains(data, []byte(never)) {
			t.Errorf("empty attribute %s in %s", never, data)
		}
	}
}

func TestMarshalRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*finding.Detection)
		want   string
	}{
		{"no id", func(d *finding.Detection) { d.ID = "" }, "no id"},
		{"control character in the id", func(d *finding.Detection) { d.ID = "a\nb" }, "control characters"},
		{"unknown severity", func(d *finding.Detection) { d.Finding.Signature.Severity = "dire" }, `severity "dire"`},
		{"no severity", func(d *finding.Detection) { d.Finding.Signature.Severity = "" }, "severity"},
		{"event is no JSON", func(d *finding.Detection) { d.Finding.Event = json.RawMessage("{") }, "encode finding"},
		{"data is no JSON", func(d *finding.Detection) { d.Finding.Data = func() {} }, "encode finding"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := sample(t)
			tt.change(&d)
			if _, err := Marshal(&d); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Marshal error = %v, want one with %q", err, tt.want)
			}
			if _, err := New(&d); err == nil {
				t.Error("New accepted it")
			}
		})
	}
}

func TestAttributesAreClean(t *testing.T) {
	d := sample(t)
	d.Node = "a node/with\x1b[2J \xff%"
	d.Subject = "host/a\x1b]0;x\x07\uffff"
	d.PartitionKey = "a\r\nX: y"
	data := marshal(t, d)
	got, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if got.Node != d.Node {
		t.Errorf("node = %q, want %q", got.Node, d.Node)
	}
	if want := "host/a\ufffd]0;x\ufffd\ufffd"; got.Subject != want {
		t.Errorf("subject = %q, want %q", got.Subject, want)
	}
	if want := "a\ufffd\ufffdX: y"; got.PartitionKey != want {
		t.Errorf("partition key = %q, want %q", got.PartitionKey, want)
	}
	e, err := New(&d)
	if err != nil {
		t.Fatal(err)
	}
	if want := "https://weirsec.github.io/weir/nodes/a%20node%2Fwith%1B%5B2J%20%FF%25"; e.Source() != want {
		t.Errorf("source = %s, want %s", e.Source(), want)
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct{ name, old, replacement, want string }{
		{"no JSON", `{"specversion"`, `"`, "read CloudEvent"},
		{"other version", `"specversion":"1.0"`, `"specversion":"2.0"`, "read CloudEvent"},
		{"other type", Type, "com.example.other", "is no finding"},
		{"other source", sourcePrefix, "https://example.com/", "names no node"},
		{"no id", `"id":"k3vqx2mwh5tq7d4nb6yzr2c7u5fjaeio"`, `"id":""`, "read CloudEvent"},
		{"bad sequence", `"00000000000000481516"`, `"x"`, "sequence"},
		{"bad time", `"time":"2025`, `"time":"x`, "read CloudEvent"},
		{"time out of range", `"time":"2025`, `"time":"2999`, "out of range"},
		{"bad recorded time", `"recordedtime":"2025-11-20T12:00:03.1179Z"`, `"recordedtime":"noon"`, "recordedtime"},
		{"data of another shape", `"signature":{`, `"signature":7,"x":{`, "data of CloudEvent"},
		{"unknown severity", `"severity":"high"`, `"severity":"dire"`, "unknown severity"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := string(marshal(t, sample(t)))
			if !strings.Contains(text, tt.old) {
				t.Fatalf("%s is not in the event", tt.old)
			}
			_, err := Parse([]byte(strings.Replace(text, tt.old, tt.replacement, 1)))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestTraceParent(t *testing.T) {
	own := "00-" + finding.TraceID("x") + "-"
	tests := []struct{ name, traceID, want string }{
		{"given", "4bf92f3577b34da6a3ce929d0e0e4736", "00-4bf92f3577b34da6a3ce929d0e0e4736-"},
		{"none", "", own},
		{"too short", "4bf9", own},
		{"upper case", "4BF92F3577B34DA6A3CE929D0E0E4736", own},
		{"all zero", strings.Repeat("0", 32), own},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := finding.Detection{ID: "x", Finding: finding.Finding{TraceID: tt.traceID}}
			got := TraceParent(&d, RootSpan)
			if !strings.HasPrefix(got, tt.want) || !strings.HasSuffix(got, "-01") || len(got) != 55 {
				t.Errorf("TraceParent = %s, want %s…-01", got, tt.want)
			}
		})
	}
	if SpanID("x", "a") == SpanID("x", "b") || SpanID("x", "a") == SpanID("y", "a") {
		t.Error("two spans share an id")
	}
}

// What is rendered is what the published schemas promise.
func TestMatchesSchemas(t *testing.T) {
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	for _, text := range []string{finding.SchemaJSON(), finding.CloudEventSchemaJSON()} {
		schema, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		id, _ := schema.(map[string]any)["$id"].(string)
		if err := compiler.AddResource(id, schema); err != nil {
			t.Fatal(err)
		}
	}
	schema, err := compiler.Compile("https://weirsec.github.io/weir/schemas/finding/v1/cloudevent.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, severity := range finding.Severities() {
		d := sample(t)
		d.Finding.Signature.Severity = severity
		bare := finding.Detection{ID: "x", Node: "n", Subject: "host/n/proc/1", Finding: finding.Finding{
			Signature: finding.Signature{ID: "s", Severity: severity}, Event: d.Finding.Event, Events: d.Finding.Events,
		}}
		for _, one := range []finding.Detection{d, bare} {
			event, err := jsonschema.UnmarshalJSON(bytes.NewReader(marshal(t, one)))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(event); err != nil {
				t.Errorf("severity %s: %v", severity, err)
			}
		}
	}
}

// The published sample can be read, and rendered again it says the same.
func TestPublishedSample(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "schemas", "finding", "testdata", "cloudevent.json"))
	if err != nil {
		t.Fatal(err)
	}
	d, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	var want, got map[string]any
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(marshal(t, d), &got); err != nil {
		t.Fatal(err)
	}
	// The root span is derived here; the sample's author chose one.
	delete(want, "traceparent")
	delete(got, "traceparent")
	for name := range want {
		if !reflect.DeepEqual(got[name], want[name]) {
			t.Errorf("%s = %v, want %v", name, got[name], want[name])
		}
	}
}

// Whatever is accepted can be rendered, and is then the same event again.
func FuzzParse(f *testing.F) {
	text, err := os.ReadFile("../testdata/detection.json")
	if err != nil {
		f.Fatal(err)
	}
	var d finding.Detection
	if err := DecodeJSON(text, &d); err != nil {
		f.Fatal(err)
	}
	f.Add(marshal(f, d))
	f.Add(marshal(f, finding.Detection{ID: "x", Finding: finding.Finding{Signature: finding.Signature{Severity: "low"}}}))
	f.Add([]byte(`{"specversion":"1.0","id":"a","type":"io.github.weirsec.finding.v1","data_base64":"e30=",` +
		`"source":"https://weirsec.github.io/weir/nodes/%ff"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		first, err := Parse(data)
		if err != nil {
			return
		}
		rendered, err := Marshal(&first)
		if err != nil {
			t.Fatalf("accepted but not renderable: %v", err)
		}
		second, err := Parse(rendered)
		if err != nil {
			t.Fatalf("rendered but not readable: %v\n%s", err, rendered)
		}
		again := marshal(t, second)
		if !bytes.Equal(rendered, again) {
			t.Errorf("rendering is not stable:\n%s\n%s", rendered, again)
		}
	})
}

func BenchmarkMarshal(b *testing.B) {
	d := sample(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Marshal(&d); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	data := marshal(b, sample(b))
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(data); err != nil {
			b.Fatal(err)
		}
	}
}
