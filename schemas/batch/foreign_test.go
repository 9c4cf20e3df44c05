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
		Envelope:  &eventpb.Envelope{Schema: Version, Count: 1},
		Texts:     &eventpb.Texts{Lengths: []uint32{0, 1}, Bytes: []byte("x")},
		Lists:     &eventpb.Lists{Lengths: []uint32{0, 2}, Items: []uint32{1, 0}},
		Shapes:    &eventpb.Shapes{Id: []int32{7}, Name: []uint32{1}, Args: []uint32{1}, ArgName: []uint32{1}, ArgType: []uint32{1}, ArgKind: []uint32{6}},
		Processes: &eventpb.Processes{EntityId: []uint32{1, 2}, Name: []uint32{1, 1}, Args: []uint32{1, 0}, Parent: []uint32{0, 1}},
		Contexts: &eventpb.Contexts{
			ProcessEntityId: []uint32{1}, Process: []uint32{2}, ContainerImage: []uint32{1}, PodUid: []uint32{1},
		},
		Events: &eventpb.Events{
			Shape: []uint32{0}, Values: []uint64{1}, Syscall: []uint32{1}, DnsNames: []uint32{1}, DnsStatus: []uint32{1},
		},
		Extras: &eventpb.Extras{Items: []*eventpb.Extra{{MatchedPolicies: []uint32{1}}}},
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
		{"no events", func(m *eventpb.Batch) { m.Events.Shape = nil }, "events: a column"},
		{"events of nothing", func(m *eventpb.Batch) { m.Events = nil }, "0 events, the envelope says 1"},
		{"shape", func(m *eventpb.Batch) { m.Events.Shape[0] = 1 }, "event 0: shape 1 of 1"},
		{"context", func(m *eventpb.Batch) { m.Events.Context = []uint32{1 << 31} }, "event 0: context 2147483648 of 1"},
		{"too few values", func(m *eventpb.Batch) { m.Events.Values = nil }, "values: a column"},
		{"too many values", func(m *eventpb.Batch) { m.Events.Values = []uint64{1, 1} }, "values: a column"},
		{"long column", func(m *eventpb.Batch) { m.Events.Cpu = []uint32{1, 1} }, "events: a column"},
		{"short column", func(m *eventpb.Batch) { m.Processes.EntityId = []uint32{1, 2, 3} }, "processes: a column"},
		{"short column of fixed numbers", func(m *eventpb.Batch) { m.Contexts.ThreadEntityId = []uint32{1, 1} }, "contexts: a column"},
		{"list", func(m *eventpb.Batch) { m.Events.Values[0] = 1 << 40 }, "event 0: list 1099511627776 of 2"},
		{"text", func(m *eventpb.Batch) { m.Shapes.ArgKind[0] = 5; m.Events.Values[0] = 1 << 32 }, "text 4294967296 of 2"},
		{"syscall", func(m *eventpb.Batch) { m.Events.Syscall[0] = 2 }, "event 0: text 2 of 2"},
		{"lengths too long", func(m *eventpb.Batch) { m.Texts.Lengths[1] = 2 }, "texts: the lengths do not add up to 1 bytes"},
		{"lengths too short", func(m *eventpb.Batch) { m.Texts.Bytes = []byte("xx") }, "do not add up to 2"},
		{"huge lengths", func(m *eventpb.Batch) { m.Texts.Lengths = []uint32{1 << 31, 1 << 31, 1 << 31} }, "do not add up"},
		{"kind", func(m *eventpb.Batch) { m.Shapes.ArgKind[0] = 10 }, "unknown kind 10"},
		{"kinds", func(m *eventpb.Batch) { m.Shapes.ArgKind = []uint32{1, 1} }, "shapes: a column"},
		{"no arguments", func(m *eventpb.Batch) { m.Shapes.ArgName = nil }, "shapes: a column"},
		{"many arguments", func(m *eventpb.Batch) { m.Shapes.Args[0] = 1<<32 - 1 }, "shapes: a column"},
		{"name of a shape", func(m *eventpb.Batch) { m.Shapes.Name[0] = 9 }, "text 9 of 2"},
		{"name of an argument", func(m *eventpb.Batch) { m.Shapes.ArgName[0] = 9 }, "text 9 of 2"},
		{"list item", func(m *eventpb.Batch) { m.Lists.Items[0] = 9 }, "text 9 of 2"},
		{"too few items", func(m *eventpb.Batch) { m.Lists.Items = m.Lists.Items[:1] }, "lists: a column"},
		{"too many items", func(m *eventpb.Batch) { m.Lists.Lengths[1] = 1 }, "lists: a column"},
		{"huge list", func(m *eventpb.Batch) { m.Lists.Lengths[1] = 1<<32 - 1 }, "lists: a column"},
		{"arguments of a process", func(m *eventpb.Batch) { m.Processes.Args[0] = 9 }, "list 9 of 2"},
		{"own parent", func(m *eventpb.Batch) { m.Processes.Parent[1] = 2 }, "process 1: parent 1 does not come before it"},
		{"process", func(m *eventpb.Batch) { m.Contexts.Process[0] = 3 }, "process 2 of 2"},
		{"container", func(m *eventpb.Batch) { m.Contexts.ContainerImage[0] = 9 }, "text 9 of 2"},
		{"pod", func(m *eventpb.Batch) { m.Contexts.PodUid[0] = 9 }, "text 9 of 2"},
		{"extra", func(m *eventpb.Batch) { m.Extras.Items[0].Event = 1 }, "extra of event 1 of 1"},
		{"names of nothing", func(m *eventpb.Batch) { m.Events.DnsNames, m.Events.DnsStatus = []uint32{2}, []uint32{1} }, "names of event 0: list 2 of 2"},
		{"too many names", func(m *eventpb.Batch) { m.Events.DnsNames = []uint32{1, 1} }, "names: a column"},
		{"policy", func(m *eventpb.Batch) { m.Extras.Items[0].MatchedPolicies[0] = 2 }, "text 2 of 2"},
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

// Writers of protobuf may write a message in parts, which readers put together,
// numbers one by one, and fields of later versions.
func TestOtherForms(t *testing.T) {
	marshal := func(m *eventpb.Batch) []byte {
		data, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	want, err := new(Decoder).Decode(marshal(valid()))
	if err != nil {
		t.Fatal(err)
	}
	parts, single := valid(), valid()
	rest := &eventpb.Batch{
		Texts: &eventpb.Texts{Bytes: parts.Texts.Bytes}, Events: parts.Events,
		Contexts: &eventpb.Contexts{Process: parts.Contexts.Process, PodUid: parts.Contexts.PodUid},
	}
	parts.Texts.Bytes, parts.Events, parts.Contexts.Process, parts.Contexts.PodUid = nil, nil, nil, nil
	single.Events.Shape, single.Processes.EntityId = nil, single.Processes.EntityId[:1]
	for _, test := range []struct {
		name string
		data []byte
	}{
		{"in two parts", append(marshal(parts), marshal(rest)...)},
		{"in the other order", append(marshal(rest), marshal(parts)...)},
		{"numbers one by one", append(marshal(single),
			fieldEvents<<3|wireBytes, 2, 1<<3|wireVarint, 0,
			fieldProcesses<<3|wireBytes, 5, 1<<3|wire32, 2, 0, 0, 0)},
		{"unknown fields", append(marshal(valid()),
			20<<3&0x7f|wireVarint|0x80, 1, 5, 15<<3|wire64, 1, 2, 3, 4, 5, 6, 7, 8,
			fieldEvents<<3|wireBytes, 7, 15<<3|wire32, 1, 2, 3, 4, 14<<3|wireVarint, 1)},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := new(Decoder).Decode(test.data)
			if err != nil {
				t.Fatal(err)
			}
			if diff := sameEvent(&want.Events[0], &got.Events[0]); diff != "" || got.Events[0].Context.Kubernetes.PodUID != "x" {
				t.Errorf("%s differs: %+v", diff, got.Events[0])
			}
		})
	}
	for _, data := range [][]byte{{0}, {0x0b}, {0x80}, {0x0a, 5}, {0x0d, 1, 2}, {0x09, 1}} {
		if _, err := new(Decoder).Decode(append(marshal(valid()), data...)); err == nil {
			t.Errorf("% x at the end passes", data)
		}
	}
}

// What all rows have in common is written once and read in every row, at all
// sizes around those where lengths take another byte.
func TestColumns(t *testing.T) {
	for _, n := range []int{1, 2, 127, 128, 129, 256, 1 << 12, 1 << 14} {
		events := make([]event.Event, n)
		shape := &event.Shape{Name: "e", Args: []event.ArgSpec{{Name: "n", Type: "int"}}}
		for i := range events {
			events[i] = event.Event{
				Seq: uint64(i), Shape: shape, Hook: "tp", CPU: uint32(i), Values: []event.Value{event.Uint(1 << (i % 64))},
				Context: &event.Context{Node: testNode, BootID: testBoot, UID: 1000, PID: int32(-i), CgroupID: 1 << 60},
			}
		}
		data, err := new(Encoder).Encode(nil, testEnvelope(), events)
		if err != nil {
			t.Fatal(err)
		}
		var m eventpb.Batch
		if err := proto.Unmarshal(data, &m); err != nil {
			t.Fatal(err)
		}
		if len(m.Events.Hook) != 1 || len(m.Contexts.Uid) != 1 || len(m.Contexts.Gid) != 0 || len(m.Contexts.CgroupId) != 1 {
			t.Errorf("%d rows: %d hooks, %d uids, %d gids", n, len(m.Events.Hook), len(m.Contexts.Uid), len(m.Contexts.Gid))
		}
		got, err := new(Decoder).Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		for i := range events {
			if diff := sameEvent(&events[i], &got.Events[i]); diff != "" {
				t.Fatalf("%d rows, event %d: %s differs", n, i, diff)
			}
		}
	}
}

// A writer that does not know the later columns leaves them out: 0 then, also in
// memory that held something else before.
func TestWithoutLaterColumns(t *testing.T) {
	dec := Decoder{Reuse: true}
	m := valid()
	m.Contexts.NetNs, m.Contexts.Capabilities = []uint32{4026531840}, []uint64{1 << 63}
	m.Contexts.Tty, m.Contexts.UnifiedCgroupId = []uint32{0x8803}, []uint64{1 << 40}
	for round, want := range []event.Context{
		{NetNS: 4026531840, Capabilities: 1 << 63, TTY: 0x8803, UnifiedCgroupID: 1 << 40}, {},
	} {
		if round == 1 {
			m = valid()
		}
		data, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		b, err := dec.Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		c := b.Events[0].Context
		if c.NetNS != want.NetNS || c.Capabilities != want.Capabilities || c.TTY != want.TTY || c.UnifiedCgroupID != want.UnifiedCgroupID {
			t.Errorf("round %d: %+v", round, c)
		}
		if c.Kubernetes.PodUID != "x" {
			t.Errorf("round %d: pod %+v", round, c.Kubernetes)
		}
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

// Memory that is used again holds nothing of the batch before, not even of one
// that could not be read to its end.
func TestReuseForgets(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	var enc Encoder
	dec := Decoder{Reuse: true}
	for range 100 {
		events := randomEvents(r)
		data, err := enc.Encode(nil, testEnvelope(), events)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = dec.Decode(data[:r.IntN(len(data))])
		got, err := dec.Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		for i := range events {
			if diff := sameEvent(&events[i], &got.Events[i]); diff != "" {
				t.Fatalf("event %d: %s differs", i, diff)
			}
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
