package tracee

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/aquasecurity/tracee/types/trace"

	"github.com/weirsec/weir/schemas/event"
)

// full is an event in which every field is set.
func full() *event.Event {
	return &event.Event{
		Seq: 9, Time: 1700000000000000001, ReturnValue: -2, CPU: 3, Compat: true, Syscall: "openat",
		Shape: &event.Shape{ID: 257, Name: "openat", Args: []event.ArgSpec{
			{Name: "dirfd", Type: "int"}, {Name: "pathname", Type: "const char*"}, {Name: "flags", Type: "int"},
		}},
		Values: []event.Value{event.Int(-100), event.String("/etc/passwd"), event.Int(0x41)},
		Context: &event.Context{
			HostName: "web-1", PID: 1, TID: 2, PPID: 3, HostPID: 11, HostTID: 12, HostPPID: 13, UID: 1000,
			MountNS: 4026531840, PIDNS: 4026531836, CgroupID: 77, ProcessName: "cat", Executable: "/usr/bin/cat",
			ThreadStartTime: 1600000000000000000, ThreadEntityID: 21, ProcessEntityID: 22, ParentEntityID: 23,
			Container:        event.Container{ID: "c1", Name: "web", Image: "nginx", ImageDigest: "sha256:1"},
			Kubernetes:       event.Kubernetes{PodName: "p", PodNamespace: "n", PodUID: "u", PodSandbox: true},
			ContainerStarted: true,
		},
		Extra: &event.Extra{
			MatchedPolicies: []string{"default"}, StackAddresses: []uint64{1, 2},
			Metadata: []byte(`{"Version":"1","Description":"d","Tags":["t"],"Properties":{"Severity":2}}`),
		},
	}
}

func TestEvent(t *testing.T) {
	want := trace.Event{
		Timestamp: 1700000000000000001, ThreadStartTime: 1600000000000000000, ProcessorID: 3, ProcessID: 1, CgroupID: 77,
		ThreadID: 2, ParentProcessID: 3, HostProcessID: 11, HostThreadID: 12, HostParentProcessID: 13, UserID: 1000,
		MountNS: 4026531840, PIDNS: 4026531836, ProcessName: "cat", Executable: trace.File{Path: "/usr/bin/cat"},
		HostName: "web-1", ContainerID: "c1",
		Container:  trace.Container{ID: "c1", Name: "web", ImageName: "nginx", ImageDigest: "sha256:1"},
		Kubernetes: trace.Kubernetes{PodName: "p", PodNamespace: "n", PodUID: "u", PodSandbox: true},
		EventID:    257, EventName: "openat", MatchedPolicies: []string{"default"}, ArgsNum: 3, ReturnValue: -2,
		Syscall: "openat", StackAddresses: []uint64{1, 2},
		ContextFlags:   trace.ContextFlags{ContainerStarted: true, IsCompat: true},
		ThreadEntityId: 21, ProcessEntityId: 22, ParentEntityId: 23,
		Args: []trace.Argument{
			{ArgMeta: trace.ArgMeta{Name: "dirfd", Type: "int32"}, Value: int32(-100)},
			{ArgMeta: trace.ArgMeta{Name: "pathname", Type: "string"}, Value: "/etc/passwd"},
			{ArgMeta: trace.ArgMeta{Name: "flags", Type: "int32"}, Value: int32(0x41)},
		},
		Metadata: &trace.Metadata{
			Version: "1", Description: "d", Tags: []string{"t"}, Properties: map[string]any{"Severity": 2.0},
		},
	}
	if got := Event(full(), false); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	want.Args[0].Type, want.Args[1].Type = "int", "const char*"
	want.Args[2] = trace.Argument{ArgMeta: trace.ArgMeta{Name: "flags", Type: "const char*"}, Value: "O_WRONLY|O_CREAT"}
	if got := Event(full(), true); !reflect.DeepEqual(got, want) {
		t.Errorf("in words:\ngot  %+v\nwant %+v", got, want)
	}
	// Nothing but what Tracee's engine sets for itself may be left out.
	v := reflect.ValueOf(Event(full(), false))
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		if strings.HasPrefix(name, "Policies") || strings.HasPrefix(name, "MatchedPolicies") && name != "MatchedPolicies" {
			continue
		}
		if v.Field(i).IsZero() {
			t.Errorf("the field %s is empty", name)
		}
	}
}

func TestOrigin(t *testing.T) {
	for _, c := range []struct {
		name, want string
		started    bool
		id         string
	}{
		{"host", "host", false, ""},
		{"container", "container", true, "c1"},
		{"container being set up", "container-init", false, "c1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := full()
			e.Context.ContainerStarted, e.Context.Container.ID = c.started, c.id
			made := convert(e, false)
			payload, ok := made.Payload.(trace.Event)
			if !ok {
				t.Fatalf("the payload is a %T", made.Payload)
			}
			if s := made.Selector(); s.Name != "openat" || s.Source != "tracee" || s.Origin != c.want {
				t.Errorf("selector %+v", s)
			}
			if payload.Origin() != trace.EventOrigin(c.want) {
				t.Errorf("origin %s", payload.Origin())
			}
		})
	}
}

// A signature may keep an event for ever; the memory of the batch that it came
// with is used again.
func TestEventIsCopied(t *testing.T) {
	name := []byte(`{"eventName":"openat","processName":"cat","args":[` +
		`{"name":"argv","type":"[]string","value":["/bin/cat","x"]},{"name":"pathname","type":"string","value":"/etc/shadow"}]}`)
	e, err := event.ParseJSON(name)
	if err != nil {
		t.Fatal(err)
	}
	kept := Event(e, false)
	e.Values[0].List()[0] = "overwritten"
	e.Values[1] = event.Int(1)
	*e.Context = event.Context{}
	path, _ := kept.GetStringArgumentByName("pathname")
	list, _ := kept.GetSliceStringArgumentByName("argv")
	if kept.ProcessName != "cat" || path != "/etc/shadow" || len(list) != 2 || list[0] != "/bin/cat" {
		t.Errorf("changed: %q %q %q", kept.ProcessName, path, list)
	}
}

func TestArguments(t *testing.T) {
	for _, c := range []struct {
		name, event, arg, typ string
		value                 event.Value
		words                 bool
		want                  any
		wantType              string
	}{
		{"pointer", "any", "addr", "void*", event.Uint(9), false, trace.Pointer(9), "trace.Pointer"},
		{"pointer in words", "any", "addr", "trace.Pointer", event.Uint(9), true, uint64(9), "void*"},
		{"address", "any", "a", "struct sockaddr*", event.Map("sa_family", "AF_UNIX"), false, map[string]string{"sa_family": "AF_UNIX"}, "SockAddr"},
		{"bytes", "any", "b", "bytes", event.Bytes("\x7fELF"), false, []byte("\x7fELF"), "bytes"},
		{"no bytes", "any", "b", "bytes", event.Bytes(""), false, []byte{}, "bytes"},
		{"no texts", "any", "argv", "const char*const*", event.Strings(nil), false, []string{}, "[]string"},
		{"bool", "any", "b", "bool", event.Bool(true), false, true, "bool"},
		{"null", "any", "n", "string", event.Value{}, false, nil, "string"},
		{"float", "any", "f", "float", event.Float(1.5), false, float32(1.5), "float"},
		{"whole double", "any", "f", "double", event.Int(2), false, 2.0, "float64"},
		{"too large for its type", "any", "n", "int", event.Int(1 << 40), false, int64(1 << 40), "int32"},
		{"negative without sign", "any", "n", "u32", event.Int(-1), false, int64(-1), "uint32"},
		{"largest", "any", "n", "unknown", event.Uint(1<<64 - 1), false, uint64(1<<64 - 1), "unknown"},
		{"u16", "any", "n", "u16", event.Uint(65535), false, uint16(65535), "uint16"},
		{"u8", "any", "n", "u8", event.Uint(255), true, uint8(255), "u8"},
		{"int16", "any", "n", "int16", event.Int(-3), true, int16(-3), "short"},
		{"words for a number", "ptrace", "request", "const char*", event.String("PTRACE_POKETEXT"), false, int32(4), "int32"},
		{"a number for words", "ptrace", "request", "int64", event.Int(4), true, "PTRACE_POKETEXT", "const char*"},
		{"an unknown word stays", "ptrace", "request", "const char*", event.String("PTRACE_NEW"), false, "PTRACE_NEW", "string"},
		{"an alert", "mem_prot_alert", "alert", "const char*", event.String("Protection changed from W to E!"), false, uint32(4), "uint32"},
		{"an object", "any", "m", "map[string]interface {}", event.Map("a", "b"), false, map[string]any{"a": "b"}, "map[string]interface {}"},
		{"JSON", "any", "m", "unknown", event.JSON(`{"a":[1]}`), false, map[string]any{"a": []any{json.Number("1")}}, "unknown"},
		{
			"a packet", "net_packet", "meta", "trace.PktMeta",
			event.JSON(`{"src_ip":"1.1.1.1","dst_ip":"2.2.2.2","src_port":53,"dst_port":9,"protocol":17,"packet_len":80,"iface":"any"}`), false,
			trace.PktMeta{SrcIP: "1.1.1.1", DstIP: "2.2.2.2", SrcPort: 53, DstPort: 9, Protocol: 17, PacketLen: 80, Iface: "any"},
			"trace.PktMeta",
		},
		{"a broken packet", "net_packet", "meta", "trace.PktMeta", event.JSON(`{"src_ip":7}`), false, map[string]any{"src_ip": json.Number("7")}, "trace.PktMeta"},
		{
			"what Tracee's decoder panics on", "net_packet_http", "http", "trace.ProtoHTTPRequest",
			event.JSON(`{"method":"","protocol":"","host":"","uri_path":"","content_length":0,"headers":{"a":[1]}}`), false,
			map[string]any{
				"method": "", "protocol": "", "host": "", "uri_path": "", "content_length": json.Number("0"),
				"headers": map[string]any{"a": []any{json.Number("1")}},
			},
			"trace.ProtoHTTPRequest",
		},
		{
			"hooked symbols", "hooked_proc_fops", "h", "[]trace.HookedSymbolData", event.JSON(`[{"SymbolName":"s","ModuleOwner":"m"}]`), false,
			[]trace.HookedSymbolData{{SymbolName: "s", ModuleOwner: "m"}},
			"[]trace.HookedSymbolData",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := &event.Event{
				Shape:  &event.Shape{Name: c.event, Args: []event.ArgSpec{{Name: c.arg, Type: c.typ}}},
				Values: []event.Value{c.value}, Context: &event.Context{},
			}
			got := Event(e, c.words).Args[0]
			if !reflect.DeepEqual(got.Value, c.want) || got.Type != c.wantType || got.Name != c.arg {
				t.Errorf("got %T %v as %q, want %T %v as %q", got.Value, got.Value, got.Type, c.want, c.want, c.wantType)
			}
		})
	}
}

// An event that another program made may have fewer values than arguments.
func TestMissingValues(t *testing.T) {
	e := &event.Event{Shape: &event.Shape{Args: []event.ArgSpec{{Name: "a", Type: "int"}}}, Context: &event.Context{}}
	for _, words := range []bool{false, true} {
		if got := Event(e, words); len(got.Args) != 1 || got.Args[0].Value != nil {
			t.Errorf("got %+v", got.Args)
		}
	}
}

// FuzzEvent converts whatever events say.
func FuzzEvent(f *testing.F) {
	f.Add([]byte(`{"eventName":"ptrace","args":[{"name":"request","type":"int","value":4}]}`))
	f.Add([]byte(`{"args":[{"name":"h","type":"trace.ProtoDNS","value":{"ID":1}},{"name":"","type":"[]string","value":[1,"a"]}]}`))
	f.Add([]byte(`{"metadata":{"Version":1},"stackAddresses":[1],"args":[{"name":"a","type":"bytes","value":"AA=="}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		e, err := event.ParseJSON(text)
		if err != nil {
			return
		}
		for _, words := range []bool{false, true} {
			got := Event(e, words)
			if got.ArgsNum != len(e.Values) || len(got.Args) != len(e.Values) || got.EventName != e.Name() {
				t.Fatalf("%d arguments of %q for %d of %q", len(got.Args), got.EventName, len(e.Values), e.Name())
			}
			for i, a := range got.Args {
				if a.Value == nil && !e.Values[i].IsNull() && utf8.Valid(text) {
					t.Errorf("the argument %q is lost: %s", a.Name, e.Values[i])
				}
			}
		}
	})
}
