package correlate

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/weirsec/weir/schemas/event"
)

// full is an event with everything that the flat form can show.
func full() *event.Event {
	return &event.Event{
		Seq: 1, Time: 123456789, CPU: 3, ReturnValue: -2, Syscall: "openat", Compat: true,
		Shape: &event.Shape{ID: 257, Name: "security_file_open", Args: []event.ArgSpec{
			{Name: "pathname", Type: "const char*"},
			{Name: "flags", Type: "int"},
			{Name: "addr", Type: "struct sockaddr*"},
			{Name: "list", Type: "const char**"},
			{Name: "deep", Type: "unknown"},
			{Name: "none", Type: "int"},
		}},
		Values: []event.Value{
			event.String("/etc/\"x\"\xff<"),
			event.Int(2),
			event.Map("sa_family", "AF_INET", "sin_port", "22"),
			event.Strings([]string{"a", "b"}),
			event.JSON(`{"a":{"b":[1,2.50]}}`),
			{},
		},
		Context: &event.Context{
			HostName: "h", PID: 1, TID: 2, PPID: 3, HostPID: 4, HostTID: 5, HostPPID: 6, UID: 4294967295,
			MountNS: 7, PIDNS: 8, CgroupID: 1 << 63, ProcessName: "p", Executable: "/x", ThreadStartTime: 9,
			ThreadEntityID: 10, ProcessEntityID: 11, ParentEntityID: 12, ContainerStarted: true,
			Container:  event.Container{ID: "c", Name: "cn", Image: "ci", ImageDigest: "cd"},
			Kubernetes: event.Kubernetes{PodName: "k", PodNamespace: "kn", PodUID: "ku"},
		},
	}
}

// inFlat is what a path leads to in the flat form, as JSON; "" for nothing.
func inFlat(t *testing.T, e *event.Event, path string) string {
	t.Helper()
	here := json.RawMessage(event.AppendJSON(nil, e))
	for key := range strings.SplitSeq(path, ".") {
		var list []struct {
			Name  string
			Value json.RawMessage
		}
		if json.Unmarshal(here, &list) == nil {
			for _, arg := range list {
				if arg.Name == key {
					here = arg.Value
				}
			}
			continue
		}
		var object map[string]json.RawMessage
		if err := json.Unmarshal(here, &object); err != nil {
			t.Fatalf("%s: %v in %s", path, err, here)
		}
		here = object[key]
	}
	return string(here)
}

// Each field is what signatures in Rego see of it.
func TestFieldsAsInTheFlatForm(t *testing.T) {
	empty := &event.Event{Shape: &event.Shape{}, Context: &event.Context{}}
	paths := append(knownNames(), "args.pathname", "args.flags", "args.addr.sin_port", "args.list", "args.deep.a.b")
	for _, path := range paths {
		f, err := parseField(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if got, want := f.of(full(), nil).String(), inFlat(t, full(), path); got != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
		value := f.of(empty, nil)
		if strings.HasPrefix(path, "args.") {
			if !missing(value) {
				t.Errorf("%s is there in an empty event: %s", path, value)
			}
			continue
		}
		if want := inFlat(t, empty, path); want == "" && !missing(value) || want != "" && value.String() != want {
			t.Errorf("%s of an empty event is %s, want %s", path, value, want)
		}
	}
}

// No key of the flat form that holds one value is left out.
func TestEveryFieldIsKnown(t *testing.T) {
	var walk func(prefix string, object map[string]any)
	walk = func(prefix string, object map[string]any) {
		for key, value := range object {
			switch value := value.(type) {
			case map[string]any:
				walk(prefix+key+".", value)
			case []any, nil: // args, and stackAddresses
			default:
				if knownField(prefix+key) == nil {
					t.Errorf("%s%s is not known", prefix, key)
				}
			}
		}
	}
	var document map[string]any
	if err := json.Unmarshal(event.AppendJSON(nil, full()), &document); err != nil {
		t.Fatal(err)
	}
	walk("", document)
}

func TestFieldsThatAreMissing(t *testing.T) {
	for _, path := range []string{
		"args.x", "args.none", "args.pathname.x", "args.addr.x", "args.addr.sin_port.x", "args.deep.a.x", "args.deep.a.b.c",
		"data.x", "data.null", "data.text.x", "data.never",
	} {
		f, err := parseField(path)
		if err != nil {
			t.Fatal(err)
		}
		data := map[string]any{"null": nil, "text": "t", "never": func() {}}
		if value := f.of(full(), data); !missing(value) {
			t.Errorf("%s is %s", path, value)
		}
	}
}

func TestFieldsOfTheDocument(t *testing.T) {
	data := map[string]any{"a": map[string]any{"b": "<"}, "n": json.Number("1.50"), "list": []any{"x", 1}, "file path": true}
	for path, want := range map[string]string{
		"data.a.b": `"<"`, "data.n": "1.50", "data.list": `["x",1]`, "data.file path": "true", "data.a": `{"b":"\u003c"}`,
	} {
		f, err := parseField(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.of(full(), data).String(); got != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
	}
}

// Long values take no more memory than others, and stay apart.
func TestLongValues(t *testing.T) {
	one := string(appendBounded(nil, event.String(strings.Repeat("ä", 500)+"1")))
	two := string(appendBounded(nil, event.String(strings.Repeat("ä", 500)+"2")))
	if one == two || len(one) > maxValue || len(two) > maxValue {
		t.Errorf("%q and %q", one, two)
	}
	if text, ok := shown(one).(string); !ok || !strings.HasPrefix(text, `"ää`) || !json.Valid([]byte(mustJSON(t, text))) {
		t.Errorf("shown as %v", shown(one))
	}
	if got := shown(string(appendBounded(nil, event.Uint(1<<63)))); mustJSON(t, got) != "9223372036854775808" {
		t.Errorf("a number is shown as %v", got)
	}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// FuzzKey takes any values apart again, so that no two groups can be taken for
// one.
func FuzzKey(f *testing.F) {
	f.Add("a", "b", true)
	f.Add("", strings.Repeat("x", 300), false)
	f.Fuzz(func(t *testing.T, a, b string, both bool) {
		r := rule{group: []field{{path: "a", below: []string{"a"}}, {path: "b", below: []string{"b"}}}}
		data := map[string]any{"a": a}
		if both {
			data["b"] = b
		}
		key := r.appendKey(nil, full(), data)
		if !r.validKey(string(key)) || r.validKey(string(key)+"\x00") || r.validKey(string(key[:len(key)-1])) {
			t.Errorf("key %q", key)
		}
		group := r.groupOf(key)
		if len(a) < 40 && group["a"] != strings.ToValidUTF8(a, "\ufffd") && !strings.ContainsRune(a, '\ufffd') && validText(a) {
			t.Errorf("a is %q, want %q", group["a"], a)
		}
		if (group["b"] != nil) != both {
			t.Errorf("b is %v, given %v", group["b"], both)
		}
	})
}

// validText reports whether a text is shown as it is.
func validText(s string) bool { return strings.ToValidUTF8(s, "") == s }
