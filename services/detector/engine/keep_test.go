package engine

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/weirsec/weir/schemas/batch"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
)

// full is an event that has everything.
func full() event.Event {
	parent := &event.Process{EntityID: 1, PID: 2, Name: "bash", Executable: "/bin/bash", Args: []string{"bash", "-l"}}
	return event.Event{
		Seq: 7, Time: 9, ReturnValue: -2, CPU: 1, Compat: true, Syscall: "openat", Hook: "lsm",
		Shape: &event.Shape{ID: 257, Name: "openat", Args: []event.ArgSpec{
			{Name: "a", Type: "const char*"},
			{Name: "b", Type: "const char**"},
			{Name: "c", Type: "struct sockaddr*"},
			{Name: "d", Type: "bytes"},
			{Name: "e", Type: "unknown"},
			{Name: "f", Type: "int"},
		}},
		Values: []event.Value{
			event.String("text"), event.Strings([]string{"x", "y"}), event.Map("sa_family", "AF_INET"),
			event.Bytes("\x00\x01"), event.JSON(`{"a":[1]}`), event.Int(-5),
		},
		Context: &event.Context{
			Node: "n", BootID: "b", HostName: "h", HostPID: 3, ProcessName: "cat", Executable: "/bin/cat", ProcessEntityID: 4,
			Container:  event.Container{ID: "c", Name: "web", Image: "i", ImageDigest: "d", Runtime: "docker", Labels: event.NewLabels("a", "b")},
			Kubernetes: event.Kubernetes{PodName: "p", PodNamespace: "ns", PodUID: "u"}, ContainerStarted: true,
			Process: &event.Process{EntityID: 4, PID: 3, Name: "cat", Executable: "/bin/cat", Args: []string{"cat"}, Parent: parent},
		},
		Extra: &event.Extra{MatchedPolicies: []string{"p"}, StackAddresses: []uint64{1}, Metadata: []byte(`{"Version":"1"}`)},
	}
}

// other is an event that differs from full in every text.
func other() event.Event {
	e := full()
	shape := *e.Shape
	shape.Name = "zzzzzz"
	shape.Args = slices.Clone(shape.Args)
	e.Shape = &shape
	e.Values = []event.Value{
		event.String("zzzz"), event.Strings([]string{"z", "z"}), event.Map("zzzzzzzzz", "zzzzzzz"),
		event.Bytes("zz"), event.JSON(`{"z":[9]}`), event.Int(9),
	}
	e.Context = &event.Context{Node: "z", BootID: "z", HostName: "z", ProcessName: "zzz", Executable: "zzzzzzzz"}
	e.Extra = nil
	return e
}

// A decoder that uses its memory again must not change what was kept.
func TestKeptEventsLast(t *testing.T) {
	encode := func(e event.Event) []byte {
		t.Helper()
		var encoder batch.Encoder
		data, err := encoder.Encode(nil, &eventpb.Envelope{Node: e.Context.Node, BootId: e.Context.BootID}, []event.Event{e})
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	decoder := batch.Decoder{Reuse: true}
	message := encode(full())
	first, err := decoder.Decode(message)
	if err != nil {
		t.Fatal(err)
	}
	kept := cloneEvent(&first.Events[0])
	before := event.AppendRawJSON(nil, kept)
	lineage := []string{kept.Context.Process.Name, kept.Context.Process.Args[0], kept.Context.Process.Parent.Executable}
	if !bytes.Equal(before, event.AppendRawJSON(nil, &first.Events[0])) {
		t.Fatal("the copy differs from the event")
	}
	for i := range message {
		message[i] = 'z'
	}
	if _, err := decoder.Decode(encode(other())); err != nil {
		t.Fatal(err)
	}
	if after := event.AppendRawJSON(nil, kept); !bytes.Equal(before, after) {
		t.Errorf("the copy has changed:\n%s\n%s", before, after)
	}
	if got := strings.Join(lineage, " "); got != "cat cat /bin/bash" || kept.ID() != "n/b/7" {
		t.Errorf("lineage %q, id %s", got, kept.ID())
	}
}

// Nothing of a copy may be shared with the original: every pointer differs.
func TestCloneSharesNothing(t *testing.T) {
	e := full()
	kept := cloneEvent(&e)
	// Values hold addresses and cannot be compared as they are.
	for i := range e.Values {
		if !kept.Values[i].Equal(e.Values[i]) {
			t.Errorf("value %d is %s", i, kept.Values[i])
		}
	}
	same := *kept
	same.Values = e.Values
	if !reflect.DeepEqual(&same, &e) {
		t.Errorf("the copy is %+v", kept)
	}
	for p, q := kept.Context.Process, e.Context.Process; p != nil; p, q = p.Parent, q.Parent {
		if p == q || &p.Args[0] == &q.Args[0] {
			t.Errorf("%s is shared", p.Name)
		}
	}
	if kept.Shape == e.Shape || kept.Context == e.Context || kept.Extra == e.Extra || &kept.Values[0] == &e.Values[0] {
		t.Error("a part is shared")
	}
}

// A lineage that is longer than it may be, or goes in circles, ends.
func TestCloneOfEndlessLineage(t *testing.T) {
	p := &event.Process{Name: "p"}
	p.Parent = p
	n := 0
	for c := cloneProcess(p, event.MaxLineage); c != nil; c = c.Parent {
		n++
	}
	if n != event.MaxLineage+1 {
		t.Errorf("%d processes", n)
	}
}
