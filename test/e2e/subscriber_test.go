package e2e

import (
	"bytes"
	"encoding/json"
	"sync"
	"testing"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2/event"
	"github.com/nats-io/nats.go"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// subscriber is somebody else's program: a plain NATS client.
type subscriber struct {
	mu       sync.Mutex
	messages []*nats.Msg
	arrived  []time.Time
}

// subscribe connects to the broker and collects what comes on a subject.
func subscribe(t *testing.T, url, subject string) *subscriber {
	t.Helper()
	nc, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	s := &subscriber{}
	if _, err := nc.Subscribe(subject, func(m *nats.Msg) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.messages = append(s.messages, m)
		s.arrived = append(s.arrived, time.Now())
	}); err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *subscriber) all() []*nats.Msg {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*nats.Msg(nil), s.messages...)
}

// firstArrival returns when the first message came.
func (s *subscriber) firstArrival() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.arrived[0]
}

// validator checks findings against the published schemas.
type validator struct{ event *jsonschema.Schema }

func newValidator(t *testing.T) *validator {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	for _, file := range []string{"finding.schema.json", "cloudevent.schema.json"} {
		text := readFile(t, moduleRoot(t)+"/schemas/finding/"+file)
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		object, ok := doc.(map[string]any)
		if !ok {
			t.Fatalf("%s is no object", file)
		}
		id, ok := object["$id"].(string)
		if !ok {
			t.Fatalf("%s has no $id", file)
		}
		if err := compiler.AddResource(id, doc); err != nil {
			t.Fatal(err)
		}
	}
	schema, err := compiler.Compile("https://weirsec.github.io/weir/schemas/finding/v1/cloudevent.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return &validator{event: schema}
}

// check validates one finding with sdk-go and with the JSON schemas and
// returns it.
func (v *validator) check(t *testing.T, text []byte) cloudevents.Event {
	t.Helper()
	var ce cloudevents.Event
	if err := json.Unmarshal(text, &ce); err != nil {
		t.Fatalf("not a CloudEvent: %v\n%s", err, text)
	}
	if err := ce.Validate(); err != nil {
		t.Fatalf("sdk-go refuses it: %v\n%s", err, text)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := v.event.Validate(doc); err != nil {
		t.Fatalf("against the schema: %v\n%s", err, text)
	}
	return ce
}
