package catalogue_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/record"
)

// schemas returns the schema of any event under "", and those of the events.
func schemas(t *testing.T) map[string]*jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(catalogue.JSONSchema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	// The formats are asserted too: base64 has to be base64.
	c.AssertContent()
	const name = "events.json"
	if err := c.AddResource(name, document); err != nil {
		t.Fatal(err)
	}
	all := map[string]*jsonschema.Schema{}
	if all[""], err = c.Compile(name); err != nil {
		t.Fatal(err)
	}
	for _, event := range catalogue.Names() {
		if all[event], err = c.Compile(name + "#/$defs/" + event); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// check holds both forms of an event against its schema and the general one.
func check(t *testing.T, all map[string]*jsonschema.Schema, e *event.Event) {
	t.Helper()
	for _, text := range [][]byte{event.AppendJSON(nil, e), event.AppendRawJSON(nil, e)} {
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"", e.Name()} {
			if err := all[name].Validate(document); err != nil {
				t.Errorf("%s: %v\n%s", e.Name(), err, text)
			}
		}
	}
}

// What a kernel made is what the schemas say.
func TestRecordedEventsFit(t *testing.T) {
	all := schemas(t)
	data, err := os.ReadFile("../record/testdata/sample.raw")
	if err != nil {
		t.Fatal(err)
	}
	b, err := record.Unmarshal(data)
	if err != nil {
		t.Fatal(err)
	}
	var d record.Decoder
	d.Reset(b.Envelope)
	seen := map[string]bool{}
	for rec, err := range record.Records(b.Records) {
		if err != nil {
			t.Fatal(err)
		}
		var e event.Event
		if err := d.Decode(rec, 1, &e); err != nil {
			t.Fatal(err)
		}
		check(t, all, &e)
		seen[e.Name()] = true
	}
	if len(seen) < 6 {
		t.Errorf("only %d kinds of events: %v", len(seen), seen)
	}
}

// filled makes a record of an event with a value in every argument; the numbers
// are the greatest, the smallest or 0, by how.
func filled(e *catalogue.Event, how int) []byte {
	if e.Hooks[0] == catalogue.CgroupSKB {
		return filledPacket(e, how)
	}
	b := new(record.Builder).Begin(record.Header{Type: e.Type, Hook: record.HookSysExit, Sysno: -1})
	number := [...]uint64{0, math.MaxUint64, 1 << 63, 1<<31 - 1}[how]
	var registers []uint64
	for i := range e.Args {
		a, at := &e.Args[i], uint8(i)
		if a.From.IsRegister() || a.From == catalogue.OpenHow || a.From == catalogue.CloneArgs {
			for len(registers) < i {
				registers = append(registers, 0xdead)
			}
			registers = append(registers, number)
			continue
		}
		least, most := a.Range()
		switch a.Kind() {
		case event.KindString:
			b.Text(at, "te\xffxt")
		case event.KindStrings:
			b.Texts(at, []string{"a", "", "\"b"})
		case event.KindBytes:
			b.Bytes(at, []byte("\x7fELF\x00"))
		case event.KindJSON:
			b.Texts(at, []string{"iterate_shared", "rootkit", "iterate", "\xff"}[:how&^1])
		case event.KindMap:
			if a.Type == "map[string]string" {
				b.Pairs(at, []string{"app", "shop", "", "\xff"}[:how&^1])
				continue
			}
			b.Sockaddr(at, sockaddrs[how])
		case event.KindBool:
			b.Bool(at, how > 0)
		case event.KindInt:
			b.Int32(at, [...]int32{0, math.MaxInt32, int32(max(least, math.MinInt32)), -1}[how])
		default:
			b.Uint(at, min(number, most))
		}
	}
	return b.Registers(registers...).End()
}

// sockaddrs are addresses as the kernel has them: of IPv4, IPv6, a named socket
// and a family without any.
var sockaddrs = [][]byte{
	{2, 0, 0x1f, 0x90, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0},
	append([]byte{10, 0, 0, 80, 0, 0, 0, 5}, append(make([]byte, 15), 1, 7, 0, 0, 0)...),
	append([]byte{1, 0}, "/run/docker.sock\x00"...),
	{16, 0, 0, 0, 1, 2, 3, 4},
}

// Every event fits its schema, with every argument there and with none.
func TestEveryEventFits(t *testing.T) {
	all := schemas(t)
	for kind := range catalogue.All() {
		for how := range sockaddrs {
			var d record.Decoder
			var e event.Event
			if err := d.Decode(filled(kind, how), 1, &e); err != nil {
				t.Fatalf("%s: %v", kind.Name, err)
			}
			enrich(t, &e)
			for i := range e.Values {
				if e.Values[i].IsNull() {
					t.Errorf("%s: %s was not filled", kind.Name, kind.Args[i].Name)
				}
			}
			check(t, all, &e)
		}
		var d record.Decoder
		var e event.Event
		if err := d.Decode(new(record.Builder).Begin(record.Header{Type: kind.Type}).End(), 1, &e); err != nil {
			t.Fatal(err)
		}
		check(t, all, &e)
	}
}

// The schema of each event refuses what the event cannot be, and says where.
func TestSchemasRefuse(t *testing.T) {
	all := schemas(t)
	for kind := range catalogue.All() {
		var d record.Decoder
		var e event.Event
		if err := d.Decode(filled(kind, 0), 1, &e); err != nil {
			t.Fatal(err)
		}
		for i := range e.Values {
			for what, change := range map[string]func(arg map[string]any){
				"another name":        func(arg map[string]any) { arg["name"] = "no_such_argument" },
				"another type":        func(arg map[string]any) { arg["type"] = "struct no_such*" },
				"a value of no kind":  func(arg map[string]any) { arg["value"] = []any{map[string]any{}} },
				"a number with a dot": func(arg map[string]any) { arg["value"] = json.Number("1.5") },
			} {
				document := read(t, &e)
				args, _ := document["args"].([]any)
				arg, _ := args[i].(map[string]any)
				change(arg)
				refuse(t, all, []string{kind.Name}, document, what+" of "+kind.Args[i].Name)
			}
		}
		document := read(t, &e)
		document["args"] = append(document["args"].([]any), map[string]any{"name": "a", "type": "int", "value": nil})
		refuse(t, all, []string{kind.Name, ""}, document, "one argument more")
		document = read(t, &e)
		document["eventId"] = "9999"
		refuse(t, all, []string{kind.Name, ""}, document, "another id")
	}
}

func read(t *testing.T, e *event.Event) map[string]any {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(event.AppendRawJSON(nil, e)))
	if err != nil {
		t.Fatal(err)
	}
	fields, ok := document.(map[string]any)
	if !ok {
		t.Fatalf("%T", document)
	}
	return fields
}

func refuse(t *testing.T, all map[string]*jsonschema.Schema, names []string, document map[string]any, what string) {
	t.Helper()
	for _, name := range names {
		if err := all[name].Validate(document); err == nil {
			t.Errorf("%v with %s was accepted by %q", document["eventName"], what, name)
		}
	}
}

// Words that no table has are refused, and numbers in their place are not.
func TestSchemasKnowWords(t *testing.T) {
	all := schemas(t)
	for _, test := range []struct {
		event, arg, word string
		good             bool
	}{
		{"openat", "flags", "O_WRONLY|O_CREAT", true},
		{"openat", "flags", "O_RDWR|0x40000000", true},
		{"openat", "flags", "O_WRONLY|O_CREATE", false},
		{"openat", "flags", "", false},
		{"ptrace", "request", "PTRACE_TRACEME", true},
		{"ptrace", "request", "4711", true},
		{"ptrace", "request", "PTRACE_TRACEME|PTRACE_CONT", false},
		{"kill", "sig", "SIGKILL", false},
		{"mem_prot_alert", "alert", "Protection changed from W to E!", true},
	} {
		kind := catalogue.ByName(test.event)
		var d record.Decoder
		var e event.Event
		if err := d.Decode(filled(kind, 0), 1, &e); err != nil {
			t.Fatal(err)
		}
		document := read(t, &e)
		args, _ := document["args"].([]any)
		arg, _ := args[kind.Arg(test.arg)].(map[string]any)
		arg["type"], arg["value"] = "const char*", test.word
		err := all[""].Validate(document)
		if (err == nil) != test.good {
			t.Errorf("%s %s %q: %v", test.event, test.arg, test.word, err)
		}
		if err != nil && !strings.Contains(err.Error(), "/args/") {
			t.Errorf("the place is not named: %v", err)
		}
	}
}
