package event

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// Each key must fill its own field and no other.
func TestEveryKey(t *testing.T) {
	for _, test := range []struct {
		text string
		set  func(e *Event)
	}{
		{`"timestamp":5`, func(e *Event) { e.Time = 5 }},
		{`"threadStartTime":5`, func(e *Event) { e.Context.ThreadStartTime = 5 }},
		{`"processorId":5`, func(e *Event) { e.CPU = 5 }},
		{`"processId":5`, func(e *Event) { e.Context.PID = 5 }},
		{`"threadId":5`, func(e *Event) { e.Context.TID = 5 }},
		{`"parentProcessId":5`, func(e *Event) { e.Context.PPID = 5 }},
		{`"hostProcessId":5`, func(e *Event) { e.Context.HostPID = 5 }},
		{`"hostThreadId":5`, func(e *Event) { e.Context.HostTID = 5 }},
		{`"hostParentProcessId":5`, func(e *Event) { e.Context.HostPPID = 5 }},
		{`"cgroupId":18446744073709551615`, func(e *Event) { e.Context.CgroupID = 1<<64 - 1 }},
		{`"userId":5`, func(e *Event) { e.Context.UID = 5 }},
		{`"mountNamespace":5`, func(e *Event) { e.Context.MountNS = 5 }},
		{`"pidNamespace":5`, func(e *Event) { e.Context.PIDNS = 5 }},
		{`"processName":"x"`, func(e *Event) { e.Context.ProcessName = "x" }},
		{`"executable":{"x":1,"path":"x"}`, func(e *Event) { e.Context.Executable = "x" }},
		{`"hostName":"x"`, func(e *Event) { e.Context.HostName, e.Context.Node = "x", "x" }},
		{`"containerId":"x"`, func(e *Event) { e.Context.Container.ID = "x" }},
		{`"containerName":"x"`, func(e *Event) { e.Context.Container.Name = "x" }},
		{`"containerImage":"x"`, func(e *Event) { e.Context.Container.Image = "x" }},
		{`"container":{"id":"x","y":[]}`, func(e *Event) { e.Context.Container.ID = "x" }},
		{`"container":{"name":"x"}`, func(e *Event) { e.Context.Container.Name = "x" }},
		{`"container":{"image":"x"}`, func(e *Event) { e.Context.Container.Image = "x" }},
		{`"container":{"imageDigest":"x"}`, func(e *Event) { e.Context.Container.ImageDigest = "x" }},
		{`"container":{"labels":{"a":"b","c":null}}`, func(e *Event) { e.Context.Container.Labels = NewLabels("a", "b", "c", "") }},
		{`"container":{"labels":{}}`, func(*Event) {}},
		{`"container":{"labels":null}`, func(*Event) {}},
		{`"container":{"labels":{"a":"b"},"labels":{"c":"d"}}`, func(e *Event) { e.Context.Container.Labels = NewLabels("c", "d") }},
		{`"kubernetes":{"podLabels":{"a\n":"\u0000"}}`, func(e *Event) { e.Context.Kubernetes.PodLabels = NewLabels("a\n", "\x00") }},
		{`"podName":"x"`, func(e *Event) { e.Context.Kubernetes.PodName = "x" }},
		{`"podNamespace":"x"`, func(e *Event) { e.Context.Kubernetes.PodNamespace = "x" }},
		{`"podUID":"x"`, func(e *Event) { e.Context.Kubernetes.PodUID = "x" }},
		{`"kubernetes":{"podName":"x","y":{}}`, func(e *Event) { e.Context.Kubernetes.PodName = "x" }},
		{`"kubernetes":{"podNamespace":"x"}`, func(e *Event) { e.Context.Kubernetes.PodNamespace = "x" }},
		{`"kubernetes":{"podUID":"x"}`, func(e *Event) { e.Context.Kubernetes.PodUID = "x" }},
		{`"kubernetes":{"podSandbox":true}`, func(e *Event) { e.Context.Kubernetes.PodSandbox = true }},
		{`"eventId":"5"`, func(e *Event) { e.Shape.ID = 5 }},
		{`"eventName":"x"`, func(e *Event) { e.Shape.Name = "x" }},
		{`"matchedPolicies":["x"]`, func(e *Event) { e.Extra = &Extra{MatchedPolicies: []string{"x"}} }},
		{`"matchedPolicies":[]`, func(*Event) {}},
		{`"argsNum":5`, func(*Event) {}},
		{`"returnValue":-5`, func(e *Event) { e.ReturnValue = -5 }},
		{`"syscall":"x"`, func(e *Event) { e.Syscall = "x" }},
		{`"stackAddresses":[5]`, func(e *Event) { e.Extra = &Extra{StackAddresses: []uint64{5}} }},
		{`"stackAddresses":null`, func(*Event) {}},
		{`"contextFlags":{"containerStarted":true,"x":0}`, func(e *Event) { e.Context.ContainerStarted = true }},
		{`"contextFlags":{"isCompat":true}`, func(e *Event) { e.Compat = true }},
		{`"threadEntityId":5`, func(e *Event) { e.Context.ThreadEntityID = 5 }},
		{`"processEntityId":5`, func(e *Event) { e.Context.ProcessEntityID = 5 }},
		{`"parentEntityId":5`, func(e *Event) { e.Context.ParentEntityID = 5 }},
		{`"metadata":{}`, func(e *Event) { e.Extra = &Extra{Metadata: []byte("{}")} }},
		{`"metadata":null`, func(*Event) {}},
	} {
		t.Run(test.text, func(t *testing.T) {
			want := &Event{Shape: &Shape{}, Context: &Context{}, Hook: "replay"}
			test.set(want)
			got, err := ParseJSON([]byte("{" + test.text + "}"))
			if err != nil {
				t.Fatal(err)
			}
			if !same(got, want) {
				t.Errorf("got %+v %+v, want %+v %+v", got, got.Context, want, want.Context)
			}
		})
	}
}

// A line that was cut off is an error that says where, never half an event.
func TestCutOff(t *testing.T) {
	for i := range len(sampleParsed) {
		_, err := ParseJSON([]byte(sampleParsed[:i]))
		if err == nil {
			t.Fatalf("accepted %s", sampleParsed[:i])
		}
		if want := fmt.Sprintf("byte %d", i); !strings.Contains(err.Error(), want) {
			t.Fatalf("%v does not say %s", err, want)
		}
	}
}

// One wrong byte anywhere must not panic, and what is accepted stays writable.
func TestWrongByte(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range len(sampleParsed) {
		text := []byte(sampleParsed)
		text[i] = byte(r.UintN(256))
		e, err := ParseJSON(text)
		if err != nil {
			continue
		}
		if _, err := ParseJSON(AppendJSON(nil, e)); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
	}
}

// Random events come back as they were.
func TestRandomRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	word := func() string {
		letters := []rune("aé\"\\\n\x00\u202e日\U0001f600/")
		var b strings.Builder
		for range r.IntN(8) {
			b.WriteRune(letters[r.IntN(len(letters))])
		}
		return b.String()
	}
	values := []func() (string, Value){
		func() (string, Value) { return "int", Int(int64(r.Uint64()) >> r.UintN(64)) },
		func() (string, Value) { return "unsigned long", Uint(r.Uint64() >> r.UintN(64)) },
		func() (string, Value) { return "float64", Float(r.NormFloat64()) },
		func() (string, Value) { return "bool", Bool(r.IntN(2) == 0) },
		func() (string, Value) { return "const char*", String(word()) },
		func() (string, Value) { return "[]string", Strings([]string{word(), word()}) },
		func() (string, Value) { return "bytes", Bytes(string([]byte{byte(r.UintN(256)), byte(r.UintN(256))})) },
		func() (string, Value) { return "SockAddr", Map("sa_family", word(), "sun_path", word()) },
		func() (string, Value) { return "unknown", JSON(`{"a":[1,null,{"b":"\u00e9"}]}`) },
		func() (string, Value) { return "void*", Value{} },
	}
	for range 500 {
		host := word()
		want := &Event{
			Time: int64(r.Uint64()), CPU: r.Uint32(), ReturnValue: int64(r.Uint64()), Syscall: word(), Hook: "replay",
			Compat: r.IntN(2) == 0, Shape: &Shape{ID: int32(r.Uint32()), Name: word()},
			Context: &Context{
				Node: host, HostName: host, PID: int32(r.Uint32()), UID: r.Uint32(), CgroupID: r.Uint64(),
				ProcessName: word(), Executable: word(), ProcessEntityID: r.Uint32(),
				Container: Container{ID: word(), Image: word()}, Kubernetes: Kubernetes{PodUID: word()},
			},
		}
		for range r.IntN(6) {
			typ, v := values[r.IntN(len(values))]()
			want.Shape.Args = append(want.Shape.Args, ArgSpec{word(), typ})
			want.Values = append(want.Values, v)
		}
		text := AppendRawJSON(nil, want)
		got, err := ParseJSON(text)
		if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		if !same(got, want) {
			t.Fatalf("%s\n got %+v %+v\nwant %+v %+v", text, got, got.Context, want, want.Context)
		}
	}
}
