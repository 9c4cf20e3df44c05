package interest

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(SchemaJSON()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("interest", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("interest")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What is written is what the schema says.
func TestEncodedIsValid(t *testing.T) {
	s := schema(t)
	r := rand.New(rand.NewPCG(9, 10))
	for range 500 {
		text, err := randomInterest(r).Encode()
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(doc); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
}

// What the schema refuses is refused.
func TestSchemaRefuses(t *testing.T) {
	s := schema(t)
	for _, text := range []string{
		`{}`, `{"events": [{"name": ""}]}`, `{"events": [{"name": "a", "scopes": []}]}`, `{"events": [{"name": "*", "scopes": [{}]}]}`,
		`{"events": [{"name": "a", "scopes": [{"paths": [""]}]}]}`, `{"events": [{"name": "a", "scopes": [{"uids": [-1]}]}]}`,
	} {
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(doc) == nil {
			t.Errorf("%s is valid", text)
		}
		if _, err := Parse([]byte(text)); err == nil {
			t.Errorf("%s is read", text)
		}
	}
}
