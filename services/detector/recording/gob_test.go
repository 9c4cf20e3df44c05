package recording

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/aquasecurity/tracee/types/trace"

	"github.com/weirsec/weir/schemas/event"
)

// gobStream encodes events as Tracee did.
func gobStream(t testing.TB, events ...any) []byte {
	t.Helper()
	registerGobTypes()
	var out bytes.Buffer
	enc := gob.NewEncoder(&out)
	for _, e := range events {
		if err := enc.Encode(e); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

// traceeEvent is an event as the last Tracee with gob streams had it.
func traceeEvent(name string) trace.Event {
	return trace.Event{
		Timestamp: 1680190419485136510, ProcessID: 7, UserID: 1000, ProcessName: "cat", HostName: "n", EventID: 257, EventName: name,
		Container: trace.Container{ID: "abc", Name: "web"}, ContextFlags: trace.ContextFlags{ContainerStarted: true},
		StackAddresses: []uint64{1}, ArgsNum: 6,
		Args: []trace.Argument{
			{ArgMeta: trace.ArgMeta{Name: "dirfd", Type: "int"}, Value: int32(-100)},
			{ArgMeta: trace.ArgMeta{Name: "pathname", Type: "const char*"}, Value: "/etc/passwd"},
			{ArgMeta: trace.ArgMeta{Name: "argv", Type: "const char*const*"}, Value: []string{"a", "b"}},
			{ArgMeta: trace.ArgMeta{Name: "addr", Type: "struct sockaddr*"}, Value: map[string]string{"sa_family": "AF_INET"}},
			{ArgMeta: trace.ArgMeta{Name: "cred", Type: "slim_cred_t"}, Value: trace.SlimCred{Uid: 5}},
			{ArgMeta: trace.ArgMeta{Name: "bytes", Type: "bytes"}, Value: []byte("\x7fELF")},
		},
	}
}

// A gob stream gives the events that the same Tracee's JSON would.
func TestGobIsJSON(t *testing.T) {
	given := traceeEvent("openat")
	text, err := json.Marshal(given)
	if err != nil {
		t.Fatal(err)
	}
	want, err := event.ParseJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	got := all(t, NewGob(bytes.NewReader(gobStream(t, given))))
	if len(got) != 1 {
		t.Fatalf("%d events", len(got))
	}
	a, b := string(event.AppendRawJSON(nil, &got[0])), string(event.AppendRawJSON(nil, want))
	if a != b {
		t.Errorf(" got %s\nwant %s", a, b)
	}
}

// The events of earlier years had other fields, other types and other names.
func TestOlderGob(t *testing.T) {
	type ArgMeta struct{ Name, Type string }
	type argument struct {
		ArgMeta
		Value any
	}
	type event2022 struct {
		Timestamp, ProcessID                                           int
		ContainerID, ContainerImage, ContainerName, PodName, EventName string
		Args                                                           []argument
	}
	type event2021 struct {
		Timestamp   float64
		ProcessName string
		EventName   string
		Args        []argument
	}
	cred := credOfPkg2022{Uid: 5}
	for _, c := range []struct {
		name  string
		event any
		want  []string
	}{
		{"2022", event2022{
			Timestamp: 5, ContainerID: "c", ContainerImage: "i", ContainerName: "n", PodName: "p", EventName: "commit_creds",
			Args: []argument{{ArgMeta{"new_cred", "slim_cred_t"}, cred}},
		}, []string{`"timestamp":5,`, `"container":{"id":"c","name":"n","image":"i"}`, `"podName":"p"`, `"eventName":"commit_creds"`, `"Uid":5`}},
		{"2021", event2021{
			Timestamp: 12.5, ProcessName: "cat", EventName: "ptrace",
			Args: []argument{{ArgMeta{"request", "string"}, "PTRACE_TRACEME"}},
		}, []string{`"timestamp":12500000000,`, `"processName":"cat"`, `"value":"PTRACE_TRACEME"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := all(t, NewGob(iotest.OneByteReader(bytes.NewReader(gobStream(t, c.event, c.event)))))
			if len(got) != 2 {
				t.Fatalf("%d events", len(got))
			}
			for i := range got {
				text := string(event.AppendRawJSON(nil, &got[i]))
				for _, want := range c.want {
					if !strings.Contains(text, want) {
						t.Errorf("event %d: %s is not in %s", i, want, text)
					}
				}
			}
		})
	}
}

func TestGobEnds(t *testing.T) {
	a, b, eot := traceeEvent("a"), traceeEvent("b"), trace.Event{EventName: endOfTransmission}
	for _, c := range []struct {
		name string
		data []byte
		want []string
		err  string
	}{
		{"with the input", gobStream(t, a, b), []string{"a@1", "b@2"}, ""},
		{"with the terminating event", gobStream(t, a, eot, b), []string{"a@1"}, ""},
		{"before anything", gobStream(t, eot), nil, ""},
		{"empty", nil, nil, ""},
		{"in an event", gobStream(t, a, b)[:len(gobStream(t, a, b))-3], []string{"a@1"}, "read event 2: gob stream: offset"},
		{"in a length", append(gobStream(t, a), 0xfe, 1), []string{"a@1"}, "unexpected EOF"},
		{"too large", append(gobStream(t, a), 0xf8, 1, 0, 0, 0, 0, 0, 0, 0), []string{"a@1"}, "want up to"},
		{"no length", append(gobStream(t, a), 0x80), []string{"a@1"}, "a length of 128 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			events, invalid, err := read(t, NewGob(bytes.NewReader(c.data)))
			if !slices.Equal(events, c.want) || len(invalid) > 0 {
				t.Errorf("got %v and invalid %v, want %v", events, invalid, c.want)
			}
			if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
				t.Errorf("error %v, want %q", err, c.err)
			}
		})
	}
}

// Events that are there are handed out before more is waited for.
func TestGobDoesNotWait(t *testing.T) {
	from, to := io.Pipe()
	t.Cleanup(func() { _ = to.Close() })
	data := gobStream(t, traceeEvent("a"))
	sent := make(chan error, 1)
	go func() { _, err := to.Write(data); sent <- err }()
	piece, err := NewGob(from).Next()
	if err != nil {
		t.Fatal(err)
	}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	if got := piece.Decode(&Decoder{}); len(got.Events) != 1 || got.Events[0].Name() != "a" {
		t.Errorf("got %+v", got)
	}
}

// An event with a value of a type that nobody knows is told, and the rest goes
// on.
func TestGobUnknownType(t *testing.T) {
	type surprise struct{ X int }
	gob.RegisterName("example.org/surprise.Value", surprise{})
	odd := traceeEvent("odd")
	odd.Args[0].Value = surprise{1}
	data := bytes.ReplaceAll(gobStream(t, traceeEvent("a"), odd, traceeEvent("b")), []byte("surprise.Value"), []byte("surprise.Other"))
	events, invalid, err := read(t, NewGob(bytes.NewReader(data)))
	if err != nil || !slices.Equal(events, []string{"a@1", "b@3"}) {
		t.Errorf("got %v, %v", events, err)
	}
	if len(invalid) != 1 || !strings.Contains(invalid[0], "2: ") || !strings.Contains(invalid[0], "surprise.Other") {
		t.Errorf("invalid %v", invalid)
	}
}

// What is no gob stream at all ends soon.
func TestGobGarbage(t *testing.T) {
	_, invalid, _ := read(t, NewGob(io.LimitReader(repeating("\x02\x01\x00"), 1<<20)))
	if len(invalid) > 2*maxGobErrors {
		t.Errorf("%d records were tried", len(invalid))
	}
}

type repeating string

func (r repeating) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = r[i%len(r)]
	}
	return len(p), nil
}

// Whatever the stream holds: no panic, and an end.
func FuzzGob(f *testing.F) {
	f.Add(gobStream(f, traceeEvent("a"), traceeEvent("b")))
	f.Add(gobStream(f, struct{ Timestamp float64 }{5}))
	f.Fuzz(func(t *testing.T, data []byte) {
		events, invalid, err := read(t, NewGob(bytes.NewReader(data)))
		if len(events)+len(invalid) > len(data) {
			t.Fatalf("%d events of %d bytes, %v", len(events)+len(invalid), len(data), err)
		}
	})
}
