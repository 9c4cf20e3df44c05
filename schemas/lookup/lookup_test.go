package lookup

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func compiled(t testing.TB, text string) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("schema", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func conforms(t testing.TB, s *jsonschema.Schema, text []byte) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(doc)
}

func TestRequestComesBack(t *testing.T) {
	s := compiled(t, RequestSchemaJSON())
	for _, want := range []Request{
		{Version: 1, Node: "web-1", Key: Key{Text: "c1"}},
		{Version: 1, Node: "web-1", Boot: "b", Namespace: "tracee", ID: "dns", Key: Key{Text: "a.example", Container: "c1"}, Time: time.Unix(5, 7).UTC()},
		{Version: 1, Node: "web-1", Key: Key{Text: "::1", NetNS: 4026531840}},
		{Version: 1, Node: "web-1", Key: Key{Entity: 1<<32 - 1, Kind: KindLineage, Depth: 8}},
		{Version: 1, Node: "web-1", Key: Key{PID: 42, Kind: KindThread}},
	} {
		text, err := want.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if err := conforms(t, s, text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		got, err := ParseRequest(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s became %+v: %v", text, got, err)
		}
	}
}

func TestParseRequestRefuses(t *testing.T) {
	s := compiled(t, RequestSchemaJSON())
	for _, c := range []struct {
		name, text string
		code       Code
		want       string
	}{
		{"no JSON", `version: 1`, 400, "no JSON object"},
		{"a list", `[]`, 400, "no JSON object"},
		{"no version", `{"node": "a", "key": {"text": "b"}}`, 400, "no version"},
		{"a newer version", `{"version": 2, "question": true}`, 426, "version 2 of requests is not known here, only 1"},
		{"unknown field", `{"version": 1, "node": "a", "key": {"text": "b"}, "nodes": 1}`, 400, `unknown field "nodes"`},
		{"unknown key", `{"version": 1, "node": "a", "key": {"test": "b"}}`, 400, `unknown field "test"`},
		{"no node", `{"version": 1, "key": {"text": "b"}}`, 400, "node is missing"},
		{"empty key", `{"version": 1, "node": "a", "key": {}}`, 400, "key is empty"},
		{"unknown kind", `{"version": 1, "node": "a", "key": {"pid": 1, "kind": "child"}}`, 400, `"child": it may be process, thread or lineage`},
		{"negative pid", `{"version": 1, "node": "a", "key": {"pid": -1}}`, 400, "must not be negative"},
		{"large entity", `{"version": 1, "node": "a", "key": {"entity": 4294967296}}`, 400, "entity"},
		{"long text", `{"version": 1, "node": "a", "key": {"text": "` + strings.Repeat("x", 4097) + `"}}`, 400, "4097 bytes"},
		{"bad time", `{"version": 1, "node": "a", "key": {"text": "b"}, "time": "yesterday"}`, 400, "yesterday"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParseRequest([]byte(c.text))
			var refused *Error
			if !errors.As(err, &refused) || refused.Code != c.code || !strings.Contains(refused.Text, c.want) {
				t.Errorf("got %v, want %d %q", err, c.code, c.want)
			}
			if json.Valid([]byte(c.text)) && conforms(t, s, []byte(c.text)) == nil {
				t.Error("the schema takes it")
			}
		})
	}
	// What a schema cannot say.
	for _, text := range []string{
		`{"version": 1, "node": "a", "key": {"text": "b"}} {}`,
		`{"version": 1, "node": "a", "key": {"text": "b"}, "time": "2300-01-01T00:00:00Z"}`,
	} {
		if _, err := ParseRequest([]byte(text)); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}

func TestReply(t *testing.T) {
	want := Reply{Version: 1, Result: json.RawMessage(`{"a":1}`), Status: "resolved", AsOf: time.Unix(9, 1).UTC(), Boot: "b"}
	text, err := want.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if err := conforms(t, compiled(t, ReplySchemaJSON()), text); err != nil {
		t.Error(err)
	}
	if got, err := ParseReply(text); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := ParseReply([]byte(`{"version": 1, "result": {}, "more": 1}`)); err != nil {
		t.Errorf("a later addition is refused: %v", err)
	}
	for text, want := range map[string]string{
		`{"version": 2, "result": {}}`: "version 2 of replies", `{"version": 1}`: "result is no object",
		`{"version": 1, "result": []}`: "result is no object", `{`: "reply: ",
	} {
		if _, err := ParseReply([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// FuzzParseRequest checks that what is taken can be told on, unchanged.
func FuzzParseRequest(f *testing.F) {
	f.Add([]byte(`{"version": 1, "node": "a", "key": {"text": "b"}}`))
	f.Add([]byte(`{"version": 1, "node": "a", "key": {"pid": 4, "kind": "lineage", "depth": 3}, "time": "2026-01-02T03:04:05.000000006Z"}`))
	f.Add([]byte(`{"version": 9}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := ParseRequest(text)
		if err != nil {
			var refused *Error
			if !errors.As(err, &refused) || refused.Code == 0 {
				t.Fatalf("an error without a code: %v", err)
			}
			return
		}
		again, err := r.Encode()
		if err != nil {
			t.Fatalf("%s cannot be told on: %v", text, err)
		}
		if back, err := ParseRequest(again); err != nil || !back.Time.Equal(r.Time) || back.Key != r.Key || back.Node != r.Node {
			t.Fatalf("%s became %s: %v", text, again, err)
		}
	})
}

func FuzzParseReply(f *testing.F) {
	f.Add([]byte(`{"version": 1, "result": {"a": [1]}, "status": "stale", "as_of": "2026-01-02T03:04:05Z"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if r, err := ParseReply(text); err == nil {
			if _, err := r.Encode(); err != nil {
				t.Fatalf("%s cannot be told on: %v", text, err)
			}
		}
	})
}
