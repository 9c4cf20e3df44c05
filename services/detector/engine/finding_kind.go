package engine

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"github.com/weirsec/weir/schemas/event"
)

// nobody is the index of the engine's own signature, which is no member.
const nobody = -1

// Findings have event ids from firstFindingID on, where no kernel event has
// its own.
const firstFindingID = 1 << 30

// findingKind makes events of one signature's findings.
type findingKind struct {
	// member is the index of the signature, which never gets its own findings.
	member   int
	id       int32
	name     string
	metadata []byte
}

func newFindingKind(s *Signature, member int) *findingKind {
	return &findingKind{
		member: member, id: findingID(s.Metadata.ID), name: s.Metadata.EventName, metadata: findingMetadata(s),
	}
}

// findingID returns the event id of a signature's findings, made from its id
// alone: the same in every set, and after every restart.
func findingID(id string) int32 {
	sum := sha256.Sum256([]byte(id))
	return int32(binary.BigEndian.Uint32(sum[:])&(firstFindingID-1) | firstFindingID)
}

// findingMetadata is the value of the key "metadata", as Tracee has it.
func findingMetadata(s *Signature) []byte {
	m := s.Metadata
	all := map[string]any{"Severity": nil, "Category": nil, "Technique": nil, "id": nil, "external_id": nil}
	maps.Copy(all, m.Properties)
	all["signatureID"], all["signatureName"] = m.ID, m.Name
	document := struct {
		Version, Description string
		Tags                 []string
		Properties           map[string]any
	}{m.Version, m.Description, m.Tags, all}
	text, err := marshal(document)
	if err != nil {
		// An author in Go may say what JSON cannot hold.
		document.Properties = map[string]any{"signatureID": m.ID, "signatureName": m.Name, "weir_error": err.Error()}
		text, err = marshal(document)
	}
	if err != nil {
		return nil
	}
	return text
}

// event makes an event of a finding. It shares the facts about the thread with
// the event that the finding is about, and lives no longer than that.
func (k *findingKind) event(m *Match) *event.Event {
	about := m.Event
	shape := &event.Shape{ID: k.id, Name: k.name}
	var values []event.Value
	for _, key := range slices.Sorted(maps.Keys(m.Data)) {
		typ, value := argument(m.Data[key])
		shape.Args = append(shape.Args, event.ArgSpec{Name: key, Type: typ})
		values = append(values, value)
	}
	if len(about.Shape.Args) > 0 {
		shape.Args = append(shape.Args, event.ArgSpec{Name: "triggeredBy", Type: "unknown"})
		values = append(values, trigger(about))
	}
	extra := &event.Extra{Metadata: k.metadata}
	if about.Extra != nil {
		extra.MatchedPolicies, extra.StackAddresses = about.Extra.MatchedPolicies, about.Extra.StackAddresses
	}
	return &event.Event{
		Seq: about.Seq, Time: about.Time, Shape: shape, Values: values, ReturnValue: about.ReturnValue, CPU: about.CPU,
		Compat: about.Compat, Syscall: about.Syscall, Hook: about.Hook, DNS: about.DNS, Context: about.Context,
		Extra: extra,
	}
}

// argument returns an entry of a finding's document as an argument, with the
// type that Tracee gives it.
func argument(data any) (typ string, value event.Value) {
	switch data := data.(type) {
	case string:
		return "const char *", event.String(data)
	case int:
		return "int", event.Int(int64(data))
	case int32:
		return "int", event.Int(int64(data))
	case int64:
		return "long", event.Int(data)
	case uint32:
		return "unsigned int", event.Uint(uint64(data))
	case uint64:
		return "unsigned long", event.Uint(data)
	case bool:
		return "bool", event.Bool(data)
	case []string:
		return "const char**", event.Strings(data)
	case float32:
		// By way of its shortest text, as JSON shows it.
		f, _ := strconv.ParseFloat(strconv.FormatFloat(float64(data), 'g', -1, 32), 64)
		return "float", event.Float(f)
	case float64:
		return "float64", event.Float(data)
	default:
		return "unknown", unknown(data)
	}
}

// unknown returns what has no type of its own: numbers and texts as such, so
// that they can be compared, everything else as JSON.
func unknown(data any) event.Value {
	if data == nil {
		return event.Value{}
	}
	if number, ok := data.(json.Number); ok {
		if n, err := number.Int64(); err == nil {
			return event.Int(n)
		}
	}
	text, err := marshal(data)
	if err != nil {
		return event.String("no JSON: " + err.Error())
	}
	return event.JSON(string(text))
}

// marshal is json.Marshal for an author's values, whose code may panic.
func marshal(v any) (text []byte, err error) {
	defer caught(&err)
	return json.Marshal(v)
}

// trigger is what a finding's event tells of the event that it is about.
func trigger(e *event.Event) event.Value {
	text := []byte(`{"id":`)
	text = strconv.AppendInt(text, int64(e.Shape.ID), 10)
	text = append(append(text, `,"name":`...), quoted(e.Shape.Name)...)
	text = append(text, `,"args":[`...)
	for i := range e.Shape.Args {
		value, typ := e.Parsed(i)
		if i > 0 {
			text = append(text, ',')
		}
		text = append(append(text, `{"name":`...), quoted(e.Shape.Args[i].Name)...)
		text = append(append(text, `,"type":`...), quoted(typ)...)
		text = append(append(text, `,"value":`...), value.String()...)
		text = append(text, '}')
	}
	text = strconv.AppendInt(append(text, `],"returnValue":`...), e.ReturnValue, 10)
	return event.JSON(string(append(text, '}')))
}

// quoted returns a text as JSON.
func quoted(text string) string { return event.String(text).String() }
