package batch

import (
	"math/rand/v2"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
)

// valid is a small message in which every table is used.
func valid() *eventpb.Batch {
	return &eventpb.Batch{
		Envelope: &eventpb.Envelope{Schema: Version, Count: 1},
		Strings:  [][]byte{nil, []byte("x")},
		Shapes:   []*eventpb.Shape{{Name: 1, ArgNames: []uint32{1}, ArgTypes: []uint32{1}, ArgKinds: []uint32{6}}},
		Lists:    []*eventpb.StringList{{Items: []uint32{1, 0}}},
		Processes: []*eventpb.Process{
			{Name: 1, Args: []uint32{1}}, {Name: 1, Parent: 1},
		},
		Contexts: []*eventpb.Context{{
			Process: 2, Container: &eventpb.Container{Id: 1}, Kubernetes: &eventpb.Kubernetes{PodName: 1},
		}},
		Events: []*eventpb.Event{{Values: []uint64{0}, Syscall: 1}},
	}
}

// Every index of a foreign message is checked.
func TestDecodeRefuses(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(m *eventpb.Batch)
		want   string
	}{
		{"no envelope", func(m *eventpb.Batch) { m.Envelope = nil }, "no envelope"},
		{"version", func(m *eventpb.Batch) { m.Envelope.Schema = 2 }, "layout version 2"},
		{"count", func(m *eventpb.Batch) { m.Envelope.Count = 2 }, "1 events, the envelope says 2"},
		{"shape", func(m *eventpb.Batch) { m.Events[0].Shape = 1 }, "event 0: shape 1 of 1"},
		{"context", func(m *eventpb.Batch) { m.Events[0].Context = 1 << 31 }, "context 2147483648 of 1"},
		{"too few values", func(m *eventpb.Batch) { m.Events[0].Values = nil }, "0 values for 1"},
		{"list", func(m *eventpb.Batch) { m.Events[0].Values[0] = 1 << 40 }, "list 1099511627776 of 1"},
		{"text", func(m *eventpb.Batch) { m.Shapes[0].ArgKinds[0] = 5; m.Events[0].Values[0] = 1 << 32 }, "text 4294967295 of 2"},
		{"syscall", func(m *eventpb.Batch) { m.Events[0].Syscall = 2 }, "text 2 of 2"},
		{"kind", func(m *eventpb.Batch) { m.Shapes[0].ArgKinds[0] = 10 }, "unknown kind 10"},
		{"kinds", func(m *eventpb.Batch) { m.Shapes[0].ArgKinds = nil }, "1 names, 1 types, 0 kinds"},
		{"name of a shape", func(m *eventpb.Batch) { m.Shapes[0].Name = 9 }, "text 9 of 2"},
		{"list item", func(m *eventpb.Batch) { m.Lists[0].Items[0] = 9 }, "text 9 of 2"},
		{"argument of a process", func(m *eventpb.Batch) { m.Processes[0].Args[0] = 9 }, "text 9 of 2"},
		{"own parent", func(m *eventpb.Batch) { m.Processes[1].Parent = 2 }, "process 1: parent 1 does not come before it"},
		{"process", func(m *eventpb.Batch) { m.Contexts[0].Process = 3 }, "process 2 of 2"},
		{"container", func(m *eventpb.Batch) { m.Contexts[0].Container.Image = 9 }, "text 9 of 2"},
		{"pod", func(m *eventpb.Batch) { m.Contexts[0].Kubernetes.PodUid = 9 }, "text 9 of 2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := valid()
			test.change(m)
			data, err := proto.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			b, err := new(Decoder).Decode(data)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v and %+v, want an error with %q", err, b, test.want)
			}
		})
	}
	data, err := proto.Marshal(valid())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := new(Decoder).Decode(data); err != nil {
		t.Errorf("the unchanged message: %v", err)
	}
	if _, err := new(Decoder).Decode([]byte("\xff")); err == nil {
		t.Error("garbage was decoded")
	}
}

// A bad message must not leave anything behind in the decoder, and a later one
// must not change an earlier batch.
func TestDecoderKeepsNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	var enc Encoder
	var dec Decoder
	events := randomEvents(r)
	data, err := enc.Encode(nil, testEnvelope(), events)
	if err != nil {
		t.Fatal(err)
	}
	first, err := dec.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		other, err := enc.Encode(nil, testEnvelope(), randomEvents(r))
		if err != nil {
			t.Fatal(err)
		}
		// Cut anywhere, it is mostly an error and never harmful.
		_, _ = dec.Decode(other[:r.IntN(len(other))])
		if _, err := dec.Decode(other); err != nil {
			t.Fatal(err)
		}
	}
	for i := range events {
		if diff := sameEvent(&events[i], &first.Events[i]); diff != "" {
			t.Fatalf("event %d: %s changed", i, diff)
		}
	}
}

// What is accepted can be written again and means the same.
func FuzzDecode(f *testing.F) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 4 {
		data, err := new(Encoder).Encode(nil, testEnvelope(), randomEvents(r))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	small, err := proto.Marshal(valid())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(small)
	f.Fuzz(func(t *testing.T, data []byte) {
		var dec Decoder
		first, err := dec.Decode(data)
		if err != nil {
			return
		}
		for i := range first.Events {
			_ = event.AppendJSON(nil, &first.Events[i])
		}
		again, err := new(Encoder).Encode(nil, first.Envelope, first.Events)
		if err != nil {
			t.Fatalf("what was decoded cannot be encoded: %v", err)
		}
		second, err := dec.Decode(again)
		if err != nil {
			t.Fatalf("what was encoded cannot be decoded: %v", err)
		}
		for i := range first.Events {
			// A lineage longer than MaxLineage is cut, contexts may hold one.
			a, b := first.Events[i], second.Events[i]
			if depth(a.Context.Process) > event.MaxLineage+1 {
				continue
			}
			if diff := sameEvent(&a, &b); diff != "" {
				t.Fatalf("event %d: %s differs", i, diff)
			}
		}
	})
}

func depth(p *event.Process) int {
	n := 0
	for ; p != nil; p = p.Parent {
		n++
	}
	return n
}
